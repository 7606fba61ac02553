// The server's own memory as a session store: every method answers at once, without a promise. Sessions end with the
// process, and no other server sees them; that is the lesson, and the price of the speed.
//
//   memory.ts ── memory/entry.ts (what a session takes), memory/shards.ts (where it stands, and the index by user)

import { type Clock, steadyClock } from '../contracts/clock.ts';
import type {
  Closing,
  NewSession,
  SessionChange,
  SessionRecord,
  SessionStore,
  Sweeping,
  UserSessions,
} from '../contracts/store.ts';
import { AuthError } from '../errors.ts';
import { isSessionId, PARTITION_LENGTH } from '../session-token.ts';
import { bytesOf, type Entry, entryOf, expired, idleAfterOf, recordOf } from './memory/entry.ts';
import { addToIndex, createShards, idsOf, removeFromIndex, type Shard, shardOf, shardOfUser } from './memory/shards.ts';

export interface MemoryStoreOptions {
  /** Sessions in the store, expired ones that were not yet swept included; beyond it create throws ERR_STORE_FULL. */
  readonly maxSessions?: number;
  /**
   * Bytes of heap; beyond it create and update throw ERR_STORE_FULL. Counted as 400 for each session and 2 for each
   * UTF-16 unit of its data and user id: more than V8 really takes.
   */
  readonly maxBytes?: number;
  /** Sessions of one user; beyond it the user's oldest ends as the new one begins (ASVS 7.1.2). */
  readonly maxSessionsPerUser?: number;
  /** ms between two slices of the sweep; 0 for no timer. The timer keeps no process alive. */
  readonly sweepEveryMs?: number;
  /** Sessions that one slice looks at: bounds how long the event loop is held. */
  readonly sweepSliceSize?: number;
  /**
   * Decides every expiry. Steady by default, so that a stepped wall clock ends and revives nothing. A clock that goes
   * back revives what it had not yet shown as expired: nobody was told that this session had ended.
   */
  readonly clock?: Clock;
}

/** With these, each session is looked at once in `sessions / 20,000` seconds, and not more than about once a second. */
export const MEMORY_STORE_DEFAULTS = {
  maxSessions: 1_000_000,
  maxBytes: 1024 ** 3,
  maxSessionsPerUser: 100,
  sweepEveryMs: 50,
  sweepSliceSize: 1_000,
} as const;

/** ms from the end of one round of the sweep to the next. */
const REST_MS = 1_000;

/** ms for which destroy of an id also ends what it was rotated to: a sign-out that was under way at the rotation. */
const MOVED_MS = 60_000;

export interface MemoryStoreStats {
  /** Expired ones that were not yet swept included. */
  readonly sessions: number;
  readonly users: number;
  /** As `maxBytes` counts them. */
  readonly bytes: number;
}

export interface MemoryStore extends SessionStore, UserSessions, Sweeping, Closing {
  create(session: NewSession): void;
  read(id: string): SessionRecord | undefined;
  update(id: string, change: SessionChange): 'updated' | 'conflict' | 'gone';
  touch(id: string, idleExpiresAt: number): 'touched' | 'gone';
  rotate(id: string, newId: string): 'rotated' | 'gone';
  destroy(id: string): void;
  list(userId: string): readonly SessionRecord[];
  destroyAll(userId: string, options?: { readonly except?: string }): number;
  /** The whole store in one go: 1,000,000 sessions hold the event loop for a good part of a second. */
  sweep(): number;
  close(): void;
  stats(): MemoryStoreStats;
}

/**
 * A store for one process. A session that is seen to have expired, by whatever method, is removed in that step.
 * @throws ERR_OPTION_INVALID for a limit that is no whole number above 0.
 */
export function createMemoryStore(options: MemoryStoreOptions = {}): MemoryStore {
  const { maxSessions, maxBytes, maxSessionsPerUser, sweepEveryMs, sweepSliceSize } = limitsOf(options);
  const clock = options.clock ?? steadyClock;
  const shards = createShards();
  let sessions = 0;
  let bytes = 0;
  const sweeper = sweeping();
  // A generator's first next() brings it to its first yield and drops what it is given.
  sweeper.next(0);
  let restUntil = 0;
  const timer = sweepEveryMs > 0 ? setInterval(sweepUnlessAtRest, sweepEveryMs).unref() : undefined;

  return {
    create(session) {
      const { id, userId, data } = session;
      if (!isSessionId(id, userId)) throw new AuthError('ERR_SESSION_ID_INVALID');
      const entry = entryOf(session, 1);
      const now = clock();
      const shard = shardOf(shards, id);
      if (live(shard, id, now) !== undefined) throw new AuthError('ERR_SESSION_EXISTS');
      const ending =
        userId === undefined ? [] : ofUser(shard, userId, now).slice(0, 1 - maxSessionsPerUser || undefined);
      demandRoom(
        1 - ending.length,
        ending.reduce((room, old) => room - bytesOf(userId, old.data), bytesOf(userId, data)),
      );
      for (const old of ending) remove(shard, old.id);
      put(shard, id, entry);
      if (userId !== undefined) addToIndex(shard, userId, id);
    },

    read(id) {
      const entry = live(shardOf(shards, id), id, clock());
      return entry && recordOf(id, entry);
    },

    update(id, { version, data, idleExpiresAt }) {
      const shard = shardOf(shards, id);
      const entry = live(shard, id, clock());
      if (entry === undefined) return 'gone';
      if (entry.version !== version) return 'conflict';
      const idleAfter = idleAfterOf(entry, idleExpiresAt);
      const growth = 2 * (data.length - entry.data.length);
      if (growth > 0) demandRoom(0, growth);
      // It may have expired in the meantime, and been swept to make room.
      if (shard.sessions.get(id) !== entry) return 'gone';
      bytes += growth;
      entry.data = data;
      entry.idleAfter = idleAfter;
      entry.version++;
      return 'updated';
    },

    touch(id, idleExpiresAt) {
      const entry = live(shardOf(shards, id), id, clock());
      if (entry === undefined) return 'gone';
      entry.idleAfter = Math.max(entry.idleAfter, idleAfterOf(entry, idleExpiresAt));
      return 'touched';
    },

    rotate(id, newId) {
      if (!isSessionId(newId, undefined) || newId.slice(0, PARTITION_LENGTH) !== id.slice(0, PARTITION_LENGTH)) {
        throw new AuthError('ERR_SESSION_ID_INVALID');
      }
      const now = clock();
      const shard = shardOf(shards, id);
      const entry = live(shard, id, now);
      if (entry === undefined) return 'gone';
      if (live(shard, newId, now) !== undefined) throw new AuthError('ERR_SESSION_EXISTS');
      remove(shard, id);
      put(shard, newId, { ...entry, version: entry.version + 1 });
      if (entry.userId !== undefined) addToIndex(shard, entry.userId, newId);
      forgetMoved(shard, now);
      shard.moved.set(id, { to: newId, until: now + MOVED_MS });
      return 'rotated';
    },

    destroy(id) {
      const shard = shardOf(shards, id);
      for (let next: string | undefined = id; next !== undefined; next = shard.moved.get(next)?.to) {
        remove(shard, next);
      }
    },

    list: (userId) => ofUser(shardOfUser(shards, userId), userId, clock()),

    destroyAll(userId, { except } = {}) {
      const shard = shardOfUser(shards, userId);
      const ending = ofUser(shard, userId, clock()).filter(({ id }) => id !== except);
      for (const { id } of ending) remove(shard, id);
      return ending.length;
    },

    sweep() {
      const now = clock();
      let removed = 0;
      for (const shard of shards) {
        for (const [id, entry] of shard.sessions) removed += removeExpired(shard, id, entry, now);
        forgetMoved(shard, now);
      }
      return removed;
    },

    close: () => clearInterval(timer),

    stats: () => ({ sessions, users: shards.reduce((users, shard) => users + shard.byUser.size, 0), bytes }),
  };

  function live(shard: Shard, id: string, now: number): Entry | undefined {
    const entry = shard.sessions.get(id);
    if (entry === undefined || !expired(entry, now)) return entry;
    // Removed as soon as it is seen, so that no later clock can call it alive again.
    remove(shard, id);
    return undefined;
  }

  function put(shard: Shard, id: string, entry: Entry): void {
    shard.sessions.set(id, entry);
    shard.moved.delete(id);
    sessions++;
    bytes += bytesOf(entry.userId, entry.data);
  }

  function remove(shard: Shard, id: string): void {
    const entry = shard.sessions.get(id);
    if (entry === undefined) return;
    shard.sessions.delete(id);
    sessions--;
    bytes -= bytesOf(entry.userId, entry.data);
    if (entry.userId !== undefined) removeFromIndex(shard, entry.userId, id);
  }

  function ofUser(shard: Shard, userId: string, now: number): SessionRecord[] {
    const found: SessionRecord[] = [];
    for (const id of idsOf(shard, userId)) {
      const entry = live(shard, id, now);
      if (entry !== undefined) found.push(recordOf(id, entry));
    }
    return found.sort((one, other) => one.createdAt - other.createdAt);
  }

  function demandRoom(moreSessions: number, moreBytes: number): void {
    const full = () => sessions + moreSessions > maxSessions || bytes + moreBytes > maxBytes;
    if (full()) sweepSlice();
    // Nobody is signed out to make room: a full store refuses.
    if (full()) throw new AuthError('ERR_STORE_FULL');
  }

  function removeExpired(shard: Shard, id: string, entry: Entry, now: number): 0 | 1 {
    if (!expired(entry, now)) return 0;
    remove(shard, id);
    return 1;
  }

  function sweepSlice(): void {
    sweeper.next(clock());
  }

  /** A store of a few sessions is not gone through twenty times a second. A clock that went back does not make it wait. */
  function sweepUnlessAtRest(): void {
    const rest = restUntil - clock();
    if (rest <= 0 || rest > REST_MS) sweepSlice();
  }

  /** Goes round the store for good, one slice at each next(now); a Map's iterator allows for changes meanwhile. */
  function* sweeping(): Generator<undefined, never, number> {
    // `yield` only as a statement's whole right side: tsup's step for CJS (sucrase) parses it nowhere else.
    let now = yield;
    let left = sweepSliceSize;
    for (;;) {
      for (const shard of shards) {
        forgetMoved(shard, now);
        // A shard counts as a session: going through many that are empty takes time, too.
        if (left-- === 0) {
          now = yield;
          left = sweepSliceSize;
        }
        for (const [id, entry] of shard.sessions) {
          removeExpired(shard, id, entry, now);
          if (left-- === 0) {
            now = yield;
            left = sweepSliceSize;
          }
        }
      }
      restUntil = now + REST_MS;
      now = yield;
      left = sweepSliceSize;
    }
  }
}

function forgetMoved({ moved }: Shard, now: number): void {
  for (const [id, { until }] of moved) {
    if (until > now) return;
    moved.delete(id);
  }
}

function limitsOf(options: MemoryStoreOptions): typeof MEMORY_STORE_DEFAULTS & MemoryStoreOptions {
  const limits = { ...MEMORY_STORE_DEFAULTS, ...options };
  for (const name of Object.keys(MEMORY_STORE_DEFAULTS) as (keyof typeof MEMORY_STORE_DEFAULTS)[]) {
    const least = name === 'sweepEveryMs' ? 0 : 1;
    if (Number.isSafeInteger(limits[name]) && limits[name] >= least) continue;
    throw new AuthError(
      'ERR_OPTION_INVALID',
      `${name} must be a whole number from ${least} on, and is ${limits[name]}.`,
    );
  }
  return limits as typeof MEMORY_STORE_DEFAULTS & MemoryStoreOptions;
}
