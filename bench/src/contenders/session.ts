// This library's session plugin. STORE: memory, redis or tracked.

import { once } from 'node:events';
import type { SessionStore } from '@statecraft/auth-core';
import { createMemoryStore } from '@statecraft/auth-core/memory';
import {
  createRedisStore,
  createTrackedStore,
  redisClientOptions,
  redisSubscriberOptions,
} from '@statecraft/auth-core/redis';
import { sessionPlugin } from '@statecraft/auth-fastify';
import { Redis } from 'ioredis';
import { answersUser, createApp, listen, REDIS_DEADLINE_MS, readUser, requireUser } from '../plain-app.ts';

const app = createApp();
await app.register(sessionPlugin, { store: await openStore(), cookie: { secure: false } });
app.post('/sign-in', async (request) => {
  const user = readUser(request);
  await request.signIn({ userId: user.id, username: user.username, roles: user.roles });
  return { user };
});
app.get('/me', { ...answersUser, onRequest: app.requirePrincipal }, ({ principal }) => ({
  user: requireUser(
    principal ? { id: principal.userId, username: principal.username, roles: principal.roles } : undefined,
  ),
}));
await listen(app);

async function openStore(): Promise<SessionStore> {
  if (process.env.STORE === 'memory') return createMemoryStore();
  const client = new Redis(process.env.REDIS_URL ?? '', redisClientOptions({ deadlineMs: REDIS_DEADLINE_MS }));
  await once(client, 'ready');
  if (process.env.STORE === 'redis') return createRedisStore({ client });
  const subscriber = client.duplicate(redisSubscriberOptions({ deadlineMs: REDIS_DEADLINE_MS }));
  await once(subscriber, 'ready');
  return createTrackedStore({ client, subscriber });
}
