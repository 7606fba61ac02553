// @fastify/session. STORE: memory (its own), redis (connect-redis, as its readme shows) or statecraft (our memory store
// through the compatibility adapter). `rolling: false` is its cheaper setting: by default it sets the cookie again in
// every answer.

import cookie from '@fastify/cookie';
import session from '@fastify/session';
import { createMemoryStore } from '@statecraft/auth-core/memory';
import { createSessionIdGenerator, toSessionCallbackStore } from '@statecraft/auth-fastify/compat';
import { RedisStore } from 'connect-redis';
import { createClient } from 'redis';
import { answersUser, createApp, listen, readUser, requireUser, SECRET, SESSION_MS, type User } from '../plain-app.ts';

const app = createApp();
await app.register(cookie);
await app.register(session, {
  secret: SECRET,
  cookie: { secure: false, maxAge: SESSION_MS },
  rolling: false,
  saveUninitialized: false,
  ...(await openStore()),
});
app.post('/sign-in', async (request) => {
  const user = readUser(request);
  Reflect.set(request.session, 'user', user);
  return { user };
});
app.get('/me', answersUser, (request) => ({
  user: requireUser(Reflect.get(request.session, 'user') as User | undefined),
}));
await listen(app);

async function openStore() {
  if (process.env.STORE === 'memory') return {};
  if (process.env.STORE === 'statecraft') {
    return { store: toSessionCallbackStore(createMemoryStore()) as never, idGenerator: createSessionIdGenerator() };
  }
  const client = createClient({ url: process.env.REDIS_URL ?? '' });
  await client.connect();
  return { store: new RedisStore({ client, prefix: 'bench:' }) as never };
}
