// seen: 200 {"username":"ada
import { randomBytes } from 'node:crypto';
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
  readonly expiresAt: number;
}

const SESSION_MS = 30 * 60_000;

export function buildServer({ users, now, checkStock }: Options) {
  const app = Fastify();
  const sessions = new Map<string, Session>();

  const readId = (request: FastifyRequest) => /(?:^|; )session=([^;]+)/.exec(request.headers.cookie ?? '')?.[1];

  function findSession(request: FastifyRequest): Session | undefined {
    const id = readId(request) ?? '';
    const session = sessions.get(id);
    if (session === undefined || now() < session.expiresAt) return session;
    sessions.delete(id);
    return undefined;
  }

  app.post<{ Body: { username: string; password: string } }>('/login', async (request, reply) => {
    const { username, password } = request.body;
    if (users.get(username) !== password)
      return reply.code(401).send({ message: 'The name or the password is wrong.' });
    const given = readId(request) ?? '';
    const id = sessions.has(given) ? given : randomBytes(16).toString('base64url');
    sessions.set(id, { username, cart: [], expiresAt: now() + SESSION_MS });
    return reply.header('set-cookie', `session=${id}; Path=/; HttpOnly; SameSite=Lax`).send({ username });
  });

  app.get('/me', async (request, reply) => {
    const session = findSession(request);
    return session === undefined ? reply.code(401).send({ message: 'Sign in first.' }) : { username: session.username };
  });

  app.post('/logout', async (request, reply) => {
    sessions.delete(readId(request) ?? '');
    return reply.header('set-cookie', 'session=; Path=/; Max-Age=0').send({ message: 'Signed out.' });
  });

  app.post<{ Body: { sku: string } }>('/cart', async (request, reply) => {
    const session = findSession(request);
    if (session === undefined) return reply.code(401).send({ message: 'Sign in first.' });
    await checkStock(request.body.sku);
    session.cart = [...session.cart, request.body.sku];
    return { cart: session.cart };
  });

  app.get('/cart', async (request, reply) => {
    const session = findSession(request);
    return session === undefined ? reply.code(401).send({ message: 'Sign in first.' }) : { cart: session.cart };
  });

  return app;
}
