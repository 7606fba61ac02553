// The server's own memory as a session store. Every method answers without a promise. Sessions end with the process,
// and no other server has them: that is the lesson, and the price of the speed.
//
//   memory.ts ── memory/table.ts (sessions by id and by user), memory/moved.ts (what was rotated a moment ago)

import { type Clock, steadyClock } from '../contracts/clock.ts';
import type { Subject } from '../contracts/principal.ts';
import type {
  Closing,
  NewSession,
  ReplacingDetails,
  SessionRecord,
  SessionStore,
  Sweeping,
  UserSessions,
} from '../contracts/store.ts';
import { AuthError } from '../errors.ts';
import { checkSessionBytes, computeMaxSessionBytes, DEFAULT_MAX_BYTES_PER_USER } from '../session-size.ts';
import { isSessionId, PARTITION_LENGTH } from '../session-token.ts';
import { createMovedSessions, type MovedSessions } from './memory/moved.ts';
import { createSessionTable, measureRecord, type SessionTable } from './memory/table.ts';

/** Options of `createMemoryStore`. */
export interface MemoryStoreOptions {
  /** Sessions in the store, expired ones that were not yet swept included; beyond it create throws ERR_STORE_FULL. */
  readonly maxSessions?: number;
  /**
   * Bytes of heap; beyond it a write that adds to them throws ERR_STORE_FULL. Counted as 600 for each session, 16 for
   * each role and 2 for each UTF-16 unit of its texts: more than V8 really takes.
   */
  readonly maxBytes?: number;
  /** Sessions of one user; beyond it the user's oldest ends as the new one begins (ASVS 7.1.2). */
  readonly maxSessionsPerUser?: number;
  /**
   * bytes of data and details of one user's sessions, in UTF-8. Each session may take its share, maxBytesPerUser
   * divided by maxSessionsPerUser; beyond it a write throws ERR_SESSION_DATA_TOO_LARGE.
   */
  readonly maxBytesPerUser?: number;
  /** ms between two slices of the sweep; 0 for no timer. The timer keeps no process alive. */
  readonly sweepEveryMs?: number;
  /** Sessions that one slice looks at: bounds how long it holds the event loop. */
  readonly sweepSliceSize?: number;
  /**
   * Decides every expiry. Steady by default, so that a stepped wall clock ends no session and revives none. A clock
   * that goes back revives only sessions that no method has found expired.
   */
  readonly clock?: Clock;
}

/** With these, each session is looked at once in `sessions / 20,000` seconds, and at most about once a second. */
export const MEMORY_STORE_DEFAULTS = {
  maxSessions: 1_000_000,
  maxBytes: 1024 ** 3,
  maxSessionsPerUser: 100,
  maxBytesPerUser: DEFAULT_MAX_BYTES_PER_USER,
  sweepEveryMs: 50,
  sweepSliceSize: 1_000,
} as const;

/** ms from the end of one round of the sweep to the next. */
const REST_MS = 1_000;

/** What the memory store holds. */
export interface MemoryStoreStats {
  /** Expired ones that were not yet swept included. */
  readonly sessions: number;
  readonly users: number;
  /** As `maxBytes` counts them. */
  readonly bytes: number;
}

/** The same methods, answering values and never promises. */
type Sync<T> = {
  [K in keyof T]: T[K] extends (...args: infer A) => infer R ? (...args: A) => Awaited<R> : T[K];
};

/** `sweep` looks at the whole store in one go: 1,000,000 sessions hold the event loop for a good part of a second. */
export interface MemoryStore extends Sync<SessionStore & UserSessions & ReplacingDetails & Sweeping & Closing> {
  stats(): MemoryStoreStats;
}

type Limits = { readonly [K in keyof typeof MEMORY_STORE_DEFAULTS]: number };

/**
 * A store for one process. Any method that finds a session expired removes it in that step.
 *
 * @example
 * const store = createMemoryStore({ maxSessionsPerUser: 5 });
 *
 * @throws ERR_OPTION_INVALID for a limit that is not a whole number above 0
 */
export function createMemoryStore(options: MemoryStoreOptions = {}): MemoryStore {
  const limits = resolveLimits(options);
  const maxSessionBytes = computeMaxSessionBytes(limits);
  const clock = options.clock ?? steadyClock;
  const table = createSessionTable();
  const moved = createMovedSessions();
  const stopSweeping = sweepByTimer(table, moved, limits, clock);

  function replace(record: SessionRecord, next: SessionRecord, now: number): void {
    checkSessionBytes(next, maxSessionBytes);
    checkRoom(table, limits, now, 0, measureRecord(next) - measureRecord(record));
    table.put(Object.freeze(next));
  }

  return {
    clock,

    create(session) {
      const { id, subject } = session;
      if (!isSessionId(id, subject?.userId)) throw new AuthError('ERR_SESSION_ID_INVALID');
      checkSessionBytes(session, maxSessionBytes);
      const record = freezeRecord(session);
      const now = clock();
      if (table.readLive(id, now) !== undefined) throw new AuthError('ERR_SESSION_EXISTS');
      const ending = subject === undefined ? [] : findExcess(table.readUser(subject.userId, now), limits);
      const freed = ending.reduce((bytes, old) => bytes + measureRecord(old), 0);
      checkRoom(table, limits, now, 1 - ending.length, measureRecord(record) - freed);
      for (const old of ending) table.remove(old.id);
      table.put(record);
      moved.remove(id);
    },

    read: (id) => table.readLive(id, clock()),

    update(id, { version, data, details, idleExpiresAt }) {
      const now = clock();
      const record = table.readLive(id, now);
      if (record === undefined) return 'gone';
      if (record.version !== version) return 'conflict';
      const next = {
        ...record,
        data,
        details: details ?? record.details,
        idleExpiresAt: capIdle(record, idleExpiresAt),
        version: version + 1,
      };
      replace(record, next, now);
      return 'updated';
    },

    touch(id, idleExpiresAt) {
      const record = table.readLive(id, clock());
      if (record === undefined) return 'gone';
      const later = Math.max(record.idleExpiresAt, capIdle(record, idleExpiresAt));
      table.put(Object.freeze({ ...record, idleExpiresAt: later }));
      return 'touched';
    },

    rotate(id, newId) {
      if (!isSessionId(newId, undefined) || newId.slice(0, PARTITION_LENGTH) !== id.slice(0, PARTITION_LENGTH)) {
        throw new AuthError('ERR_SESSION_ID_INVALID');
      }
      const now = clock();
      const record = table.readLive(id, now);
      if (record === undefined) return 'gone';
      if (table.readLive(newId, now) !== undefined) throw new AuthError('ERR_SESSION_EXISTS');
      table.remove(id);
      table.put(Object.freeze({ ...record, id: newId, version: record.version + 1 }));
      moved.add(id, newId, now);
      return 'rotated';
    },

    destroy(id) {
      for (const next of moved.follow(id, clock())) table.remove(next);
    },

    list: (userId) => table.readUser(userId, clock()),

    destroyAll(userId, { except } = {}) {
      const ending = table.readUser(userId, clock()).filter(({ id }) => id !== except);
      for (const { id } of ending) table.remove(id);
      return ending.length;
    },

    changeSubject(subject) {
      const next = freezeSubject(subject);
      const live = table.readUser(subject.userId, clock());
      for (const record of live) table.put(Object.freeze({ ...record, subject: next }));
      return live.length;
    },

    replaceDetails(id, { from, to }) {
      const now = clock();
      const record = table.readLive(id, now);
      if (record === undefined) return 'gone';
      if (record.details !== from) return 'conflict';
      replace(record, { ...record, details: to }, now);
      return 'replaced';
    },

    sweep() {
      const now = clock();
      moved.prune(now);
      return table.sweepAll(now);
    },

    close: stopSweeping,

    stats: () => ({ sessions: table.countSessions(), users: table.countUsers(), bytes: table.countBytes() }),
  };
}

/** Sweeps a slice at each tick of a timer, and rests for a second after each round. Returns what stops the timer. */
function sweepByTimer(table: SessionTable, moved: MovedSessions, limits: Limits, clock: Clock): () => void {
  if (limits.sweepEveryMs === 0) return () => {};
  let restUntil = 0;
  const timer = setInterval(() => {
    const now = clock();
    moved.prune(now);
    const rest = restUntil - now;
    // A longer rest than the longest means that the clock went back.
    if (rest > 0 && rest <= REST_MS) return;
    if (table.sweepSlice(limits.sweepSliceSize, now)) restUntil = now + REST_MS;
  }, limits.sweepEveryMs);
  timer.unref();
  return () => clearInterval(timer);
}

/** The user's oldest sessions that must end so that one more stays within the limit. */
function findExcess(sessions: readonly SessionRecord[], { maxSessionsPerUser }: Limits): readonly SessionRecord[] {
  return sessions.slice(0, Math.max(0, sessions.length + 1 - maxSessionsPerUser));
}

/** No session ends to make room for another user's: a full store refuses, after it has looked for expired sessions. */
function checkRoom(table: SessionTable, limits: Limits, now: number, sessions: number, bytes: number): void {
  const isFull = () =>
    (sessions > 0 && table.countSessions() + sessions > limits.maxSessions) ||
    (bytes > 0 && table.countBytes() + bytes > limits.maxBytes);
  if (isFull()) table.sweepSlice(limits.sweepSliceSize, now);
  if (isFull()) throw new AuthError('ERR_STORE_FULL');
}

function freezeRecord(session: NewSession): SessionRecord {
  const { id, subject, data, details, createdAt, idleExpiresAt, absoluteExpiresAt } = session;
  return Object.freeze({
    id,
    subject: subject && freezeSubject(subject),
    data,
    details,
    version: 1,
    createdAt: checkTime(createdAt),
    idleExpiresAt: checkTime(idleExpiresAt),
    absoluteExpiresAt: checkTime(absoluteExpiresAt),
  });
}

function freezeSubject({ userId, username, roles }: Subject): Subject {
  return Object.freeze({ userId, username, roles: Object.freeze([...roles]) });
}

function capIdle({ absoluteExpiresAt }: SessionRecord, idleExpiresAt: number): number {
  return Math.min(checkTime(idleExpiresAt), absoluteExpiresAt);
}

function checkTime(ms: number): number {
  if (Number.isSafeInteger(ms)) return ms;
  throw new AuthError('ERR_OPTION_INVALID', `A time must be a whole number of ms since the epoch, and is ${ms}.`);
}

function resolveLimits(options: MemoryStoreOptions): Limits {
  const limits = { ...MEMORY_STORE_DEFAULTS, ...options };
  for (const name of Object.keys(MEMORY_STORE_DEFAULTS) as (keyof Limits)[]) {
    const least = name === 'sweepEveryMs' ? 0 : 1;
    if (Number.isSafeInteger(limits[name]) && limits[name] >= least) continue;
    throw new AuthError(
      'ERR_OPTION_INVALID',
      `${name} must be a whole number of at least ${least}, and is ${limits[name]}.`,
    );
  }
  return limits;
}
