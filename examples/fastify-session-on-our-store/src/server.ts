// The real @fastify/session, on a store of Statecraft: a destroyed session stays dead, a lost update is an error, and the
// store lists and ends all sessions of a user.

import { randomBytes } from 'node:crypto';
import fastifyCookie from '@fastify/cookie';
import fastifySession from '@fastify/session';
import type { Subject } from '@statecraft/auth-core';
import { createMemoryStore } from '@statecraft/auth-core/memory';
import { createSessionIdGenerator, toSessionCallbackStore } from '@statecraft/auth-fastify/compat';
import Fastify, { type onRequestHookHandler } from 'fastify';
import { type Credentials, credentialsSchema, findUser } from './users.ts';

declare module 'fastify' {
  interface Session {
    user?: Subject;
  }
}

const store = createMemoryStore();
// With this function the store knows whose session it is. Without it, everything but /logout-everywhere works the same.
const readSubject = (session: { user?: Subject }) => session.user;

const app = Fastify();
await app.register(fastifyCookie);
await app.register(fastifySession, {
  // The same secret on every server. A random one, as here without SESSION_SECRET, ends all sessions at a restart.
  secret: process.env.SESSION_SECRET ?? randomBytes(32).toString('hex'),
  cookie: { maxAge: 30 * 60_000, secure: process.env.NODE_ENV === 'production' },
  saveUninitialized: false,
  idGenerator: createSessionIdGenerator({ readSubject }),
  store: toSessionCallbackStore(store, { readSubject }),
});

const requireUser: onRequestHookHandler = async (request, reply) => {
  if (request.session.user === undefined) return reply.code(401).send({ message: 'Sign in to continue.' });
};

app.post<{ Body: Credentials }>('/login', { schema: { body: credentialsSchema } }, async (request, reply) => {
  const user = findUser(request.body);
  if (user === undefined) return reply.code(401).send({ message: 'The name or the password is wrong.' });
  request.session.user = user;
  // A new id, which belongs to the user, because the session has the user already.
  await request.session.regenerate(['user']);
  return { hello: user.username };
});

app.get('/me', { onRequest: requireUser }, ({ session }) => ({ username: session.user?.username }));

app.post('/logout', async (request) => {
  await request.session.destroy();
  return { goodbye: true };
});

app.post('/logout-everywhere', { onRequest: requireUser }, async ({ session }) => {
  return { endedSessions: await store.destroyAll(session.user?.userId ?? '') };
});

console.log(`Listening on ${await app.listen({ port: Number(process.env.PORT ?? 3000) })}`);
