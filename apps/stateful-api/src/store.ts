// SESSION_STORE → a store. The only place that knows which one it is.

import { setTimeout as delay } from 'node:timers/promises';
import type { SessionStore, UserSessions } from '@statecraft/auth-core';
import { createMemoryStore } from '@statecraft/auth-core/memory';
import { createRedisClock, createRedisStore, redisClientOptions } from '@statecraft/auth-core/redis';
import { waitFor } from '@statecraft/service-kit';
import { Redis } from 'ioredis';
import type { StatefulConfig } from './config.ts';

export interface OpenStore {
  readonly store: SessionStore & UserSessions;
  /** Milliseconds since the epoch: the one clock of all servers that share the store. */
  readonly clock?: () => number;
  /** For /ready; throws while the store does not answer. */
  readonly check: () => Promise<unknown>;
  readonly close: () => Promise<void>;
}

/** @throws when Redis does not answer within REDIS_WAIT_SECONDS. */
export async function openStore(config: StatefulConfig): Promise<OpenStore> {
  const maxSessionsPerUser = config.SESSION_MAX_PER_USER;
  if (config.SESSION_STORE === 'memory') {
    const store = createMemoryStore({ maxSessionsPerUser });
    return { store, check: async () => undefined, close: async () => store.close() };
  }
  const client = new Redis(config.REDIS_URL, {
    ...redisClientOptions({ deadlineMs: config.REDIS_DEADLINE_MS }),
    retryStrategy: (attempt) => Math.min(50 * attempt, 1_000),
  });
  let reason = '';
  // ioredis reports every failed try to connect; the last one is what people want to read.
  client.on('error', (error: Error) => {
    reason = error.message;
  });
  try {
    await waitFor(
      `Redis at ${new URL(config.REDIS_URL).host}`,
      () => ping(client, () => reason),
      config.REDIS_WAIT_SECONDS * 1000,
    );
  } catch (error) {
    client.disconnect();
    throw error;
  }
  const clock = await createRedisClock(client);
  const store = createRedisStore({ client, prefix: config.SESSION_PREFIX, maxSessionsPerUser, clock });
  return {
    store,
    clock,
    check: () => client.ping(),
    close: async () => {
      await store.close();
      client.disconnect();
      await delay(0);
    },
  };
}

async function ping(client: Redis, reason: () => string): Promise<void> {
  try {
    await client.ping();
  } catch (error) {
    throw new Error(reason() || (error as Error).message);
  }
}
