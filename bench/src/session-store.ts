// The store of a contender. STORE: memory, redis or tracked.

import { once } from 'node:events';
import { createMemoryStore } from '@statecraft/auth-core/memory';
import {
  createRedisStore,
  createTrackedStore,
  redisClientOptions,
  redisSubscriberOptions,
} from '@statecraft/auth-core/redis';
import { Redis } from 'ioredis';
import { REDIS_DEADLINE_MS } from './plain-app.ts';

export async function openStore() {
  if (process.env.STORE === 'memory') return createMemoryStore();
  const client = new Redis(process.env.REDIS_URL ?? '', redisClientOptions({ deadlineMs: REDIS_DEADLINE_MS }));
  await once(client, 'ready');
  if (process.env.STORE === 'redis') return createRedisStore({ client });
  const subscriber = client.duplicate(redisSubscriberOptions({ deadlineMs: REDIS_DEADLINE_MS }));
  await once(subscriber, 'ready');
  return createTrackedStore({ client, subscriber });
}
