// The Redis store with what it read kept in this process, true by what Redis says was written (tracking.ts).
//
//   read   cached, trusted, not too old, not expired ──> the record, without a promise and without a command
//          else ──> the Redis store, and kept unless something was written meanwhile
//   write  ──> the Redis store; what is cached of the user goes before and after, so that one's own writes are seen at once
//
// What it gives up: for a moment after a write on another server, a read here may answer what was before. How long:
// docs/tracked-cache.md.

import { steadyClock } from '../../contracts/clock.ts';
import type { Awaitable, SessionRecord } from '../../contracts/store.ts';
import { AuthError } from '../../errors.ts';
import { partitionOf } from '../../session-token.ts';
import { createCachedSessions } from './cached-sessions.ts';
import type { RedisClient } from './client.ts';
import { expiredAt } from './record.ts';
import { createRedisStore, REDIS_STORE_DEFAULTS, type RedisStore, type RedisStoreOptions } from './store.ts';
import { demandTrackable, startTracking } from './tracking.ts';

export interface TrackedStoreOptions extends RedisStoreOptions {
  /**
   * A second connection to the same server, for this store alone: `client.duplicate(redisSubscriberOptions())`.
   * The store never closes it.
   */
  readonly subscriber: RedisClient;
  /** Sessions kept in this process. Default 100,000. */
  readonly maxEntries?: number;
  /** bytes of heap for them, counted generously. Default 64 MiB. */
  readonly maxBytes?: number;
  /** ms after which a session is read again, whatever Redis said or did not say: nothing older is ever answered. Default 60,000. */
  readonly maxStaleMs?: number;
  /** ms between two PINGs on the subscriber; without an answer for two of them the cache is not used. Default 1,000. */
  readonly heartbeatMs?: number;
  /** ms of a clock that nobody steps. Default `performance.now`. */
  readonly monotonic?: () => number;
}

export const TRACKED_STORE_DEFAULTS = {
  maxEntries: 100_000,
  maxBytes: 64 * 1024 * 1024,
  maxStaleMs: 60_000,
  heartbeatMs: 1_000,
} as const;

export interface TrackedStoreStats {
  /** Reads that were answered from here. */
  readonly hits: number;
  /** Reads that asked Redis, because the session was not here, too old or expired. */
  readonly misses: number;
  /** Reads that asked Redis because nobody vouched for what is here. */
  readonly bypassed: number;
  /** Keys that Redis said were written. */
  readonly invalidations: number;
  /** Times that everything was forgotten: a connection lost or made, FLUSHALL. */
  readonly resets: number;
  /** Sessions that went for want of room. */
  readonly evictions: number;
  readonly entries: number;
  /** As `maxBytes` counts them. */
  readonly bytes: number;
  /** Whether Redis tells this store what is written. */
  readonly tracking: boolean;
}

export interface TrackedStore extends RedisStore {
  stats(): TrackedStoreStats;
}

/**
 * @throws ERR_OPTION_INVALID for a Cluster, and for a client or subscriber that could miss what Redis says;
 * ERR_STORE_UNAVAILABLE when Redis does not answer, or does not know or allow CLIENT TRACKING (Redis 6 and later do).
 */
export async function createTrackedStore(options: TrackedStoreOptions): Promise<TrackedStore> {
  const { client, subscriber, prefix, maxEntries, maxBytes, maxStaleMs, heartbeatMs } = {
    ...REDIS_STORE_DEFAULTS,
    ...TRACKED_STORE_DEFAULTS,
    ...options,
  };
  for (const [name, value] of Object.entries({ maxEntries, maxBytes, maxStaleMs, heartbeatMs })) {
    if (Number.isSafeInteger(value) && value > 0) continue;
    throw new AuthError('ERR_OPTION_INVALID', `${name} must be a whole number above 0, and is ${value}.`);
  }
  demandTrackable(client, subscriber);
  const store = createRedisStore(options);
  const { clock = steadyClock, monotonic = () => performance.now() } = options;
  const cached = createCachedSessions({ maxEntries, maxBytes, maxStaleMs });
  const counts = { hits: 0, misses: 0, bypassed: 0, invalidations: 0, resets: 0 };

  const tracking = await startTracking({
    client,
    subscriber: subscriber as typeof client,
    prefix,
    heartbeatMs,
    monotonic,
    onWritten(key) {
      counts.invalidations++;
      if (key.startsWith(prefix)) cached.forget(key.slice(prefix.length));
    },
    onLost() {
      counts.resets++;
      cached.clear();
    },
  });

  function fetch(id: string, now: number): Awaitable<SessionRecord | undefined> {
    const found = store.read(id);
    // No text of ours, so nobody was asked; or nobody says what is written, so nothing is kept.
    if (!(found instanceof Promise) || !tracking.isOn) return found;
    const flight = cached.begin(id);
    return found.then(
      (session) => {
        cached.end(flight, session, now);
        return session;
      },
      (error) => {
        cached.end(flight, undefined, now);
        throw error;
      },
    );
  }

  async function through<T>(owner: string, write: () => Awaitable<T>): Promise<T> {
    cached.forget(owner);
    try {
      return await write();
    } finally {
      // Also when it failed: whether it was written is then unknown.
      cached.forget(owner);
    }
  }

  return {
    deadlineMs: store.deadlineMs,

    create: (session) => through(session.id, () => store.create(session)),

    read(id) {
      const now = monotonic();
      if (!tracking.isTrusted(now)) {
        counts.bypassed++;
        return fetch(id, now);
      }
      const session = cached.find(id, now);
      if (session !== undefined) {
        if (!expiredAt(session, clock())) {
          counts.hits++;
          return session;
        }
        // Redis decides. Should it agree, a clock that is stepped back must not find the session here.
        cached.forget(id);
      }
      counts.misses++;
      return fetch(id, now);
    },

    update: (id, change) => through(id, () => store.update(id, change)),
    touch: (id, idleExpiresAt) => through(id, () => store.touch(id, idleExpiresAt)),
    rotate: (id, newId) => through(id, () => store.rotate(id, newId)),
    destroy: (id) => through(id, () => store.destroy(id)),
    // It removes what has expired.
    list: (userId) => through(partitionOf(userId), () => store.list(userId)),
    destroyAll: (userId, except) => through(partitionOf(userId), () => store.destroyAll(userId, except)),

    async close() {
      tracking.close();
      await store.close();
    },

    stats: () => ({
      ...counts,
      evictions: cached.evictions,
      entries: cached.entries,
      bytes: cached.bytes,
      tracking: tracking.isOn,
    }),
  };
}
