import Fastify, { type FastifyRequest } from 'fastify';

interface Options {
  /** Names and passwords. */
  readonly users: ReadonlyMap<string, string>;
  /** The time, ms. */
  now(): number;
  /** Asks another system whether the article is there. */
  checkStock(sku: string): Promise<void>;
}

interface Session {
  username: string;
  cart: string[];
}

export function buildServer({ users, checkStock }: Options) {
  const app = Fastify();
  const sessions = new Map<string, Session>();
  let count = 0;

  const readId = (request: FastifyRequest) => /(?:^|; )session=([^;]+)/.exec(request.headers.cookie ?? '')?.[1];
  const findSession = (request: FastifyRequest) => sessions.get(readId(request) ?? '');

  app.post<{ Body: { username: string; password: string } }>('/login', async (request, reply) => {
    const { username, password } = request.body;
    if (users.get(username) !== password)
      return reply.code(401).send({ message: 'The name or the password is wrong.' });
    count += 1;
    const id = readId(request) ?? `session-${count}`;
    sessions.set(id, { username, cart: [] });
    return reply.header('set-cookie', `session=${id}; Path=/; HttpOnly; SameSite=Lax`).send({ username });
  });

  app.get('/me', async (request, reply) => {
    const session = findSession(request);
    return session === undefined ? reply.code(401).send({ message: 'Sign in first.' }) : { username: session.username };
  });

  app.post('/logout', async (_request, reply) => {
    return reply.header('set-cookie', 'session=; Path=/; Max-Age=0').send({ message: 'Signed out.' });
  });

  app.post<{ Body: { sku: string } }>('/cart', async (request, reply) => {
    const session = findSession(request);
    if (session === undefined) return reply.code(401).send({ message: 'Sign in first.' });
    const cart = [...session.cart, request.body.sku];
    await checkStock(request.body.sku);
    session.cart = cart;
    return { cart };
  });

  app.get('/cart', async (request, reply) => {
    const session = findSession(request);
    return session === undefined ? reply.code(401).send({ message: 'Sign in first.' }) : { cart: session.cart };
  });

  return app;
}
