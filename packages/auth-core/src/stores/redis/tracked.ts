// The Redis store with a cache in this process. Redis reports every written key, and the cache drops that user
// (tracking.ts).
//
//   read   cached, tracking trusted, not too old, not expired ──> the record, without a promise and a command
//          else ──> the Redis store; the answer is kept unless the user was written meanwhile
//   write  ──> the Redis store; the user is dropped before and after: a process reads its own writes immediately
//
// The price: for a moment after a write on another server, a read here may answer the older state. How long:
// docs/tracked-cache.md.

import type { SessionRecord } from '../../contracts/store.ts';
import type { Awaitable } from '../../contracts/strategy.ts';
import { AuthError } from '../../errors.ts';
import { derivePartition } from '../../session-token.ts';
import { type CachedSessions, createCachedSessions } from './cached-sessions.ts';
import type { RedisClient } from './client.ts';
import { isExpired } from './record.ts';
import { createRedisStore, REDIS_STORE_DEFAULTS, type RedisStore, type RedisStoreOptions } from './store.ts';
import { checkTrackable, startTracking, type Tracking } from './tracking.ts';

/** Options of `createTrackedStore`. */
export interface TrackedStoreOptions extends RedisStoreOptions {
  /**
   * A second connection to the same server, for this store alone: `client.duplicate(redisSubscriberOptions())`.
   * The store never closes it.
   */
  readonly subscriber: RedisClient;
  /** Sessions in the cache. Default 100,000. */
  readonly maxEntries?: number;
  /** bytes of heap for them, counted as an upper bound. Default 64 MiB. */
  readonly maxBytes?: number;
  /** ms after which a session is read again, whatever Redis reported: no older answer is given. Default 60,000. */
  readonly maxStaleMs?: number;
  /**
   * ms between two PINGs on the subscriber, and between two checks that the server is a master; without an answer for
   * two of them the cache is not used. Default 1,000.
   */
  readonly heartbeatMs?: number;
  /** ms of a clock that is never set. Default `performance.now`. For tests. */
  readonly monotonic?: () => number;
}

/** The default options of `createTrackedStore`: entries, bytes and ms. */
export const TRACKED_STORE_DEFAULTS = {
  maxEntries: 100_000,
  maxBytes: 64 * 1024 * 1024,
  maxStaleMs: 60_000,
  heartbeatMs: 1_000,
} as const;

/** What the tracked cache did since it was made, and what it holds. */
export interface TrackedStoreStats {
  /** Reads that were answered from the cache. */
  readonly hits: number;
  /** Reads that asked Redis, because the session was not cached, too old or expired. */
  readonly misses: number;
  /** Reads that asked Redis, because the cache could not be trusted. */
  readonly bypassed: number;
  /** Written keys that Redis reported. */
  readonly invalidations: number;
  /** Times that the cache was emptied: a connection lost or made, FLUSHALL. */
  readonly resets: number;
  /** Sessions that were removed to stay within a limit. */
  readonly evictions: number;
  readonly entries: number;
  /** As `maxBytes` counts them. */
  readonly bytes: number;
  /** Whether Redis reports writes to this store. */
  readonly tracking: boolean;
}

export interface TrackedStore extends RedisStore {
  stats(): TrackedStoreStats;
}

/**
 * The Redis store with a cache in this process, which Redis keeps up to date.
 * @throws ERR_OPTION_INVALID for a Cluster, for a client or subscriber that could miss a report, and for a limit that
 * is no whole number above 0; ERR_STORE_UNAVAILABLE when Redis does not answer, or does not know or allow CLIENT
 * TRACKING (Redis 6 and later do)
 *
 * @example
 * const client = new Redis('redis://127.0.0.1:6379', redisClientOptions());
 * const subscriber = client.duplicate(redisSubscriberOptions());
 * const store = await createTrackedStore({ client, subscriber });
 */
export async function createTrackedStore(options: TrackedStoreOptions): Promise<TrackedStore> {
  const { client, subscriber, prefix, maxEntries, maxBytes, maxStaleMs, heartbeatMs } = resolveOptions(options);
  checkTrackable(client, subscriber);
  const store = createRedisStore(options);
  const monotonic = options.monotonic ?? (() => performance.now());
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
  const close = () => {
    tracking.close();
    return store.close();
  };
  await store.ready().catch((error) => {
    close();
    throw error;
  });

  /** The user is dropped after a failure, too: whether the write happened is unknown then. */
  async function writeThrough<T>(owner: string, write: () => Awaitable<T>): Promise<T> {
    cached.forget(owner);
    try {
      return await write();
    } finally {
      cached.forget(owner);
    }
  }

  return {
    deadlineMs: store.deadlineMs,
    clock: store.clock,
    ready: store.ready,
    create: (session) => writeThrough(session.id, () => store.create(session)),
    read: createCachedRead({ store, cached, tracking, monotonic, counts }),
    update: (id, change) => writeThrough(id, () => store.update(id, change)),
    touch: (id, idleExpiresAt) => writeThrough(id, () => store.touch(id, idleExpiresAt)),
    rotate: (id, newId) => writeThrough(id, () => store.rotate(id, newId)),
    destroy: (id) => writeThrough(id, () => store.destroy(id)),
    // It removes expired sessions.
    list: (userId) => writeThrough(derivePartition(userId), () => store.list(userId)),
    destroyAll: (userId, except) => writeThrough(derivePartition(userId), () => store.destroyAll(userId, except)),
    changeSubject: (subject) => writeThrough(derivePartition(subject.userId), () => store.changeSubject(subject)),
    replaceDetails: (id, change) => writeThrough(id, () => store.replaceDetails(id, change)),
    close,

    stats() {
      const { evictions, entries, bytes } = cached.stats();
      return { ...counts, evictions, entries, bytes, tracking: tracking.isOn };
    },
  };
}

interface CachedReadParts {
  readonly store: RedisStore;
  readonly cached: CachedSessions;
  readonly tracking: Tracking;
  readonly monotonic: () => number;
  readonly counts: { hits: number; misses: number; bypassed: number };
}

function createCachedRead({ store, cached, tracking, monotonic, counts }: CachedReadParts): RedisStore['read'] {
  function fetchSession(id: string, now: number): Awaitable<SessionRecord | undefined> {
    const found = store.read(id);
    // No promise: the text is no id, and Redis was not asked. Without tracking nothing is kept.
    return found instanceof Promise && tracking.isOn ? keepAnswer(found, id, now) : found;
  }

  async function keepAnswer(found: Promise<SessionRecord | undefined>, id: string, now: number) {
    const reads = cached.begin(id);
    let session: SessionRecord | undefined;
    try {
      session = await found;
      return session;
    } finally {
      cached.end(reads, session, now);
    }
  }

  return (id) => {
    const now = monotonic();
    if (!tracking.isTrusted(now)) {
      counts.bypassed++;
      return fetchSession(id, now);
    }
    const session = cached.find(id, now);
    if (session !== undefined && !isExpired(session, store.clock())) {
      counts.hits++;
      return session;
    }
    // Only Redis decides that it has expired. If it has, a clock that is set back must not find it here.
    if (session !== undefined) cached.forget(id);
    counts.misses++;
    return fetchSession(id, now);
  };
}

function resolveOptions(options: TrackedStoreOptions) {
  const resolved = { ...REDIS_STORE_DEFAULTS, ...TRACKED_STORE_DEFAULTS, ...options };
  const { maxEntries, maxBytes, maxStaleMs, heartbeatMs } = resolved;
  for (const [name, value] of Object.entries({ maxEntries, maxBytes, maxStaleMs, heartbeatMs })) {
    if (Number.isSafeInteger(value) && value > 0) continue;
    throw new AuthError('ERR_OPTION_INVALID', `${name} must be a whole number above 0, and is ${value}.`);
  }
  return resolved;
}
