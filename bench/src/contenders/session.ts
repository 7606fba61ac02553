// This library's session plugin. STORE: memory, redis or tracked.

import { once } from 'node:events';
import { createSessionStrategy } from '@statecraft/auth-core';
import { createMemoryStore } from '@statecraft/auth-core/memory';
import {
  createRedisClock,
  createRedisStore,
  createTrackedStore,
  redisClientOptions,
  redisSubscriberOptions,
} from '@statecraft/auth-core/redis';
import { sessionPlugin } from '@statecraft/auth-fastify';
import { Redis } from 'ioredis';
import { answersUser, createApp, listen, REDIS_DEADLINE_MS, readUser, requireUser } from '../plain-app.ts';

const app = createApp();
await app.register(sessionPlugin, { strategy: await openStrategy(), cookie: { secure: false } });
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

async function openStrategy() {
  if (process.env.STORE === 'memory') return createSessionStrategy({ store: createMemoryStore() });
  const client = new Redis(process.env.REDIS_URL ?? '', redisClientOptions({ deadlineMs: REDIS_DEADLINE_MS }));
  await once(client, 'ready');
  const clock = await createRedisClock(client);
  if (process.env.STORE === 'redis') {
    return createSessionStrategy({ store: createRedisStore({ client, clock }), clock });
  }
  const subscriber = client.duplicate(redisSubscriberOptions({ deadlineMs: REDIS_DEADLINE_MS }));
  await once(subscriber, 'ready');
  return createSessionStrategy({ store: await createTrackedStore({ client, clock, subscriber }), clock });
}
