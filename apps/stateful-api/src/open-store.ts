// Opens the store that SESSION_STORE names. The rest of the app does not know which one it is.

import { once } from 'node:events';
import type { ReplacingDetails, SessionStore, UserSessions } from '@statecraft/auth-core';
import { createMemoryStore } from '@statecraft/auth-core/memory';
import {
  adviseOnRedis,
  createRedisStore,
  createTrackedStore,
  redisSubscriberOptions,
} from '@statecraft/auth-core/redis';
import { type Figure, waitFor } from '@statecraft/service-kit';
import type { Cluster, Redis } from 'ioredis';
import { createCacheFigures } from './cache-figures.ts';
import type { StatefulConfig } from './config.ts';
import { keepMistake } from './mistake.ts';
import { openPostgres } from './open-postgres.ts';
import { openRedis } from './open-redis.ts';
import { openSqlite } from './open-sqlite.ts';
import { describeAddress, parseRedisUrl, type RedisAddress } from './redis-url.ts';

/** ms of one attempt to connect. The last one may begin just before REDIS_WAIT_SECONDS are over. */
const CONNECT_MS = 1_000;

export interface OpenStore {
  /** The client of SESSION_STORE=redis. Attempts are counted there, too. */
  readonly redis?: Redis | Cluster;
  readonly store: SessionStore & UserSessions & ReplacingDetails;
  /** What to change in the settings of the Redis server, for the log. */
  readonly advice?: readonly string[];
  /** For /metrics. */
  readonly figures?: readonly Figure[];
  readonly close: () => Promise<void>;
}

/**
 * @throws when Redis does not answer within REDIS_WAIT_SECONDS, PostgreSQL does not within DATABASE_WAIT_SECONDS, or
 * the SQLite file cannot be opened
 */
export async function openStore(config: StatefulConfig): Promise<OpenStore> {
  const limits = {
    maxSessionsPerUser: config.SESSION_MAX_PER_USER,
    maxBytesPerUser: config.SESSION_MAX_BYTES_PER_USER,
  };
  if (config.SESSION_STORE === 'memory') {
    const store = createMemoryStore(limits);
    return { store, close: async () => store.close() };
  }
  if (config.SESSION_STORE === 'sqlite') return openSqlite(config);
  if (config.SESSION_STORE === 'postgres') return openPostgres(config, limits);
  const client = openRedis(readAddress(config), config.REDIS_DEADLINE_MS);
  const options = { client, prefix: config.SESSION_PREFIX, ...limits };
  const store = createRedisStore(options);
  await waitForRedis(config, client, () => store.ready());
  const advice = await adviseOnRedis(client);
  const close = async () => {
    await store.close();
    client.disconnect();
  };
  if (config.SESSION_CACHE === 'none' || client.isCluster) return { advice, store, redis: client, close };
  await store.close();
  const subscriber = (client as Redis).duplicate(redisSubscriberOptions({ deadlineMs: config.REDIS_DEADLINE_MS }));
  const track = () => createTrackedStore({ ...options, ...readCacheLimits(config), subscriber });
  const tracked = await waitForRedis(config, subscriber, track).catch((error) => {
    client.disconnect();
    throw error;
  });
  const closeTracked = async () => {
    await tracked.close();
    subscriber.disconnect();
    client.disconnect();
  };
  return { advice, store: tracked, redis: client, figures: createCacheFigures(tracked), close: closeTracked };
}

function readCacheLimits(config: StatefulConfig) {
  return {
    maxEntries: config.SESSION_CACHE_MAX_ENTRIES,
    maxBytes: config.SESSION_CACHE_MAX_BYTES,
    maxStaleMs: config.SESSION_CACHE_MAX_STALE_MS,
    heartbeatMs: config.SESSION_CACHE_HEARTBEAT_MS,
  };
}

/** Tries until REDIS_WAIT_SECONDS are over. Closes the connection if that fails. */
async function waitForRedis<T>(config: StatefulConfig, client: Redis | Cluster, open: () => Promise<T>): Promise<T> {
  // Without a listener an error event would end the process. The command that fails reports the error.
  client.on('error', () => undefined);
  const name = describeAddress(readAddress(config));
  const attempt = () =>
    connect(client)
      .then(open)
      .then((opened) => ({ opened }), keepMistake);
  const fail = (error: unknown): never => {
    client.disconnect();
    throw error;
  };
  const outcome = await waitFor(name, attempt, config.REDIS_WAIT_SECONDS * 1000).catch(fail);
  return 'mistake' in outcome ? fail(new Error(`${name}: ${outcome.mistake.message}`)) : outcome.opened;
}

function readAddress({ REDIS_URL }: StatefulConfig): RedisAddress {
  const address = parseRedisUrl(REDIS_URL);
  if (address === undefined) throw new Error('REDIS_URL is not a URL of Redis.');
  return address;
}

/** @throws the reason of the present attempt: refused, a wrong password, an unknown host name, no answer */
async function connect(client: Redis | Cluster): Promise<void> {
  if (client.status === 'ready') return;
  const silence = AbortSignal.timeout(CONNECT_MS);
  try {
    await once(client, 'ready', { signal: silence });
  } catch (error) {
    if (silence.aborted) throw await explainSilence(client);
    const { lastNodeError } = error as { lastNodeError?: Error };
    throw lastNodeError ?? error;
  }
}

/** While Redis loads its data, a client is connected and not ready. */
async function explainSilence(client: Redis | Cluster): Promise<Error> {
  const persistence = client.isCluster ? '' : await client.info('persistence').catch(() => '');
  if (/^loading:1/m.test(persistence)) return new Error('LOADING: Redis is loading its data');
  return new Error(`no connection within ${CONNECT_MS} ms`);
}
