// SESSION_STORE → a store. The only place that knows which one it is.

import { once } from 'node:events';
import type { SessionStore, UserSessions } from '@statecraft/auth-core';
import { createMemoryStore } from '@statecraft/auth-core/memory';
import {
  adviseOnRedis,
  createRedisClock,
  createRedisStore,
  createTrackedStore,
  redisClientOptions,
  redisSubscriberOptions,
} from '@statecraft/auth-core/redis';
import { type Figure, waitFor } from '@statecraft/service-kit';
import { Redis } from 'ioredis';
import { cacheFigures } from './cache-figures.ts';
import type { StatefulConfig } from './config.ts';

/** One try to connect; the last one may begin just before REDIS_WAIT_SECONDS are over. */
const CONNECT_MS = 1_000;

export interface OpenStore {
  readonly store: SessionStore & UserSessions;
  /** Milliseconds since the epoch: the one clock of all servers that share the store. */
  readonly clock?: () => number;
  /** What should be mended at the server, for the log. */
  readonly advice?: readonly string[];
  /** For /metrics. */
  readonly figures?: readonly Figure[];
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
  const clock = await waitForRedis(config, client, () => createRedisClock(client));
  const options = { client, prefix: config.SESSION_PREFIX, maxSessionsPerUser, clock };
  const opened = { clock, check: () => client.ping(), advice: await adviseOnRedis(client) };
  if (config.SESSION_CACHE === 'none') {
    const store = createRedisStore(options);
    return { ...opened, store, close: async () => client.disconnect() };
  }
  const subscriber = client.duplicate(redisSubscriberOptions({ deadlineMs: config.REDIS_DEADLINE_MS }));
  const track = () => createTrackedStore({ ...options, ...cacheOptions(config), subscriber });
  const store = await waitForRedis(config, subscriber, track).catch((error) => {
    client.disconnect();
    throw error;
  });
  const close = async () => {
    await store.close();
    subscriber.disconnect();
    client.disconnect();
  };
  return { ...opened, store, figures: cacheFigures(store), close };
}

function cacheOptions(config: StatefulConfig) {
  return {
    maxEntries: config.SESSION_CACHE_MAX_ENTRIES,
    maxBytes: config.SESSION_CACHE_MAX_BYTES,
    maxStaleMs: config.SESSION_CACHE_MAX_STALE_MS,
    heartbeatMs: config.SESSION_CACHE_HEARTBEAT_MS,
  };
}

/** Tries until REDIS_WAIT_SECONDS are over, and then lets go of the connection. */
function waitForRedis<T>(config: StatefulConfig, client: Redis, open: () => Promise<T>): Promise<T> {
  // Without a listener an error event would end the process; what failed is asked where a command fails.
  client.on('error', () => undefined);
  const what = `Redis at ${new URL(config.REDIS_URL).host}`;
  return waitFor(what, () => connected(client).then(open), config.REDIS_WAIT_SECONDS * 1000).catch((error) => {
    client.disconnect();
    throw error;
  });
}

/** @throws with the reason of the try that is going on: refused, a wrong password, a name that nobody knows, silence. */
async function connected(client: Redis): Promise<void> {
  if (client.status === 'ready') return;
  const silence = AbortSignal.timeout(CONNECT_MS);
  try {
    await once(client, 'ready', { signal: silence });
  } catch (error) {
    throw silence.aborted ? new Error(`no connection within ${CONNECT_MS} ms`) : error;
  }
}
