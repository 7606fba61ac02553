import fastifyCookie from '@fastify/cookie';
import fastifySession from '@fastify/session';
import { createMemoryStore } from '@statecraft/auth-core/memory';
import { createSessionIdGenerator, toSessionCallbackStore } from '@statecraft/auth-fastify/compat';
import expressSession from 'express-session';
import Fastify from 'fastify';

export async function buildOnFastifySession(secret: string) {
  const app = Fastify();
  await app.register(fastifyCookie);
  await app.register(fastifySession, {
    secret,
    cookie: { maxAge: 30 * 60_000 },
    saveUninitialized: false,
    idGenerator: createSessionIdGenerator(),
    store: toSessionCallbackStore(createMemoryStore()),
  });
  return app;
}

export function expressMiddleware(secret: string) {
  return expressSession({
    secret,
    resave: false,
    saveUninitialized: false,
    genid: createSessionIdGenerator(),
    store: toSessionCallbackStore(createMemoryStore(), { base: expressSession.Store }),
  });
}
