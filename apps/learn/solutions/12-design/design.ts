interface Choice {
  strategy: 'jwt' | 'memory' | 'redis' | 'sqlite' | 'postgres';
  because: string;
  givesUp: string;
  whenItFails: string;
}

export function describeDesigns(): Record<'bank' | 'partners' | 'shop', Choice> {
  return {
    bank: {
      strategy: 'postgres',
      because:
        'Sign-out must be final on every server, sessions end after minutes without use, and the bank can end all sessions of a customer. ' +
        'A synchronous database loses no acknowledged sign-out.',
      givesUp: 'A read of the database for every request, and a database that must never be down.',
      whenItFails: 'Everyone gets 503 until the database is back, and is then still signed in.',
    },
    partners: {
      strategy: 'jwt',
      because:
        'Servers call servers: a signature check needs no lookup, so it is as fast on every continent, and tokens of five minutes bound what a theft is worth.',
      givesUp: 'A stolen token cannot be ended early; the key must be easy to replace.',
      whenItFails: 'If the service that issues tokens is down, calls go on until the tokens expire.',
    },
    shop: {
      strategy: 'redis',
      because:
        'A cart is changed often and belongs to a visitor without an account; every server must find it, also those of the release at noon.',
      givesUp: 'One round trip for each request, and up to a second of carts when Redis is killed.',
      whenItFails: 'Pages with a cart answer 503; the catalogue, which needs no session, still works.',
    },
  };
}
