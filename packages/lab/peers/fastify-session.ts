// The peer of the race experiment: @fastify/session as its README shows it, with its own memory store. It serves the part of the
// API that the experiment uses. It is an app that the lab measures, not a part of the lab, and Node runs it from source.

import fastifyCookie from '@fastify/cookie';
import fastifySession from '@fastify/session';
import Fastify from 'fastify';

interface Item {
  readonly sku: string;
  readonly quantity: number;
}

declare module 'fastify' {
  interface Session {
    username?: string;
    cart?: Item[];
  }
}

const { PORT = '0', HOST = '127.0.0.1', INSTANCE_ID = 'fastify-session' } = process.env;
const app = Fastify({ logger: false });
await app.register(fastifyCookie);
await app.register(fastifySession, {
  secret: 'a secret of at least thirty-two characters',
  cookie: { secure: false },
  saveUninitialized: false,
});
app.addHook('onRequest', async (request, reply) => {
  reply.header('x-served-by', INSTANCE_ID);
  const open = /^\/(ready|auth\/(login|register))$/.test(request.url);
  if (!open && request.session.username === undefined) return reply.code(401).send({ message: 'Sign in first.' });
});

const createUser = (username = '') => ({ user: { id: username, username, roles: [] } });

app.get('/ready', () => ({ status: 'ready' }));
app.post<{ Body: { username: string } }>('/auth/register', (request, reply) => {
  reply.code(201);
  return createUser(request.body.username);
});
app.post<{ Body: { username: string } }>('/auth/login', async (request) => {
  await request.session.regenerate();
  request.session.username = request.body.username;
  return createUser(request.body.username);
});
app.get('/auth/me', (request) => createUser(request.session.username));
app.post('/auth/logout', async (request, reply) => {
  await request.session.destroy();
  return reply.code(204).send();
});
app.get('/cart', (request) => ({ items: request.session.cart ?? [] }));
app.post<{ Body: Item }>('/cart/items', (request) => {
  request.session.cart = [...(request.session.cart ?? []), request.body];
  return { items: request.session.cart };
});

await app.listen({ port: Number(PORT), host: HOST });
