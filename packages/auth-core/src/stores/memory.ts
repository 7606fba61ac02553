// The server's own memory as a session store: every method answers at once, without a promise. Sessions end with the
// process, and no other server sees them; that is the lesson, and the price of the speed.
//
// Records are frozen values: a write replaces the record, so what read returned is never changed.

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

export interface MemoryStoreOptions {
  /** Live and not yet swept sessions together; beyond it create throws ERR_STORE_FULL. */
  readonly maxSessions?: number;
  /** Bytes of session data (UTF-16 units are counted as bytes); beyond it create and update throw ERR_STORE_FULL. */
  readonly maxDataBytes?: number;
  /** Sessions of one user; beyond it the user's oldest ends as the new one begins (ASVS 7.1.2). */
  readonly maxSessionsPerUser?: number;
  /** ms between two slices of the sweep; 0 for no timer. */
  readonly sweepEveryMs?: number;
  /** Sessions that one slice looks at: bounds how long the event loop is held. */
  readonly sweepSlice?: number;
  /** Steady by default: a stepped wall clock ends and revives nothing. */
  readonly clock?: Clock;
}

export const MEMORY_STORE_DEFAULTS = {
  maxSessions: 1_000_000,
  maxDataBytes: 1024 * 1024 * 1024,
  maxSessionsPerUser: 100,
  sweepEveryMs: 1_000,
  sweepSlice: 5_000,
} as const;

export type MemoryStore = SessionStore & UserSessions & Sweeping & Closing;

/** A store for one process. Its methods are synchronous. */
export function createMemoryStore(options: MemoryStoreOptions = {}): MemoryStore {
  const { maxSessions, maxDataBytes, maxSessionsPerUser, sweepEveryMs, sweepSlice } = {
    ...MEMORY_STORE_DEFAULTS,
    ...options,
  };
  const clock = options.clock ?? steadyClock;
  const sessions = new Map<string, SessionRecord>();
  // One session of a user stands alone; a Set is made for the second. Most users have one.
  const byUser = new Map<string, string | Set<string>>();
  let dataBytes = 0;
  let cursor: MapIterator<SessionRecord> | undefined;

  const timer = sweepEveryMs > 0 ? setInterval(sweepOneSlice, sweepEveryMs).unref() : undefined;

  function live(id: string): SessionRecord | undefined {
    const session = sessions.get(id);
    if (session === undefined || !expired(session, clock())) return session;
    // Removed as soon as it is seen, so that no later clock can call it alive again.
    remove(session);
    return undefined;
  }

  function put(session: SessionRecord, before?: SessionRecord): void {
    dataBytes += session.data.length - (before?.data.length ?? 0);
    sessions.set(session.id, Object.freeze(session));
  }

  function remove(session: SessionRecord): void {
    sessions.delete(session.id);
    dataBytes -= session.data.length;
    if (session.userId !== undefined) unindex(session.userId, session.id);
  }

  function index(userId: string, id: string): void {
    const known = byUser.get(userId);
    if (known === undefined) byUser.set(userId, id);
    else if (typeof known === 'string') byUser.set(userId, new Set([known, id]));
    else known.add(id);
  }

  function unindex(userId: string, id: string): void {
    const known = byUser.get(userId);
    if (known === id) byUser.delete(userId);
    else if (typeof known === 'object' && known.delete(id) && known.size === 0) byUser.delete(userId);
  }

  function ofUser(userId: string): SessionRecord[] {
    const known = byUser.get(userId);
    const ids = known === undefined ? [] : typeof known === 'string' ? [known] : [...known];
    const found = ids.map(live).filter((session) => session !== undefined);
    return found.sort((a, b) => a.createdAt - b.createdAt);
  }

  function demandRoom(bytes: number): void {
    const full = () => sessions.size >= maxSessions || dataBytes + bytes > maxDataBytes;
    if (full()) sweepOneSlice();
    // Nobody is signed out to make room: a full store refuses.
    if (full()) throw new AuthError('ERR_STORE_FULL');
  }

  /** Looks at the next sweepSlice sessions, going on where the last slice ended. */
  function sweepOneSlice(): number {
    const now = clock();
    let removed = 0;
    cursor ??= sessions.values();
    for (let looked = 0; looked < sweepSlice; looked++) {
      const next = cursor.next();
      if (next.done) {
        cursor = undefined;
        break;
      }
      if (!expired(next.value, now)) continue;
      remove(next.value);
      removed++;
    }
    return removed;
  }

  return {
    create(session: NewSession) {
      if (!isSessionId(session.id, session.userId)) throw new AuthError('ERR_SESSION_ID_INVALID');
      if (live(session.id) !== undefined) throw new AuthError('ERR_SESSION_EXISTS');
      const others = session.userId === undefined ? [] : ofUser(session.userId);
      const ending = others.slice(0, Math.max(0, others.length - maxSessionsPerUser + 1));
      if (ending.length === 0) demandRoom(session.data.length);
      ending.forEach(remove);
      put(recordOf(session, 1));
      if (session.userId !== undefined) index(session.userId, session.id);
    },

    read: live,

    update(id: string, change: SessionChange) {
      const session = live(id);
      if (session === undefined) return 'gone';
      if (session.version !== change.version) return 'conflict';
      const growth = change.data.length - session.data.length;
      if (growth > 0 && dataBytes + growth > maxDataBytes) throw new AuthError('ERR_STORE_FULL');
      const idleExpiresAt = Math.min(change.idleExpiresAt, session.absoluteExpiresAt);
      put({ ...session, data: change.data, idleExpiresAt, version: session.version + 1 }, session);
      return 'updated';
    },

    touch(id: string, idleExpiresAt: number) {
      const session = live(id);
      if (session === undefined) return 'gone';
      const moved = Math.min(idleExpiresAt, session.absoluteExpiresAt);
      if (moved > session.idleExpiresAt) put({ ...session, idleExpiresAt: moved }, session);
      return 'touched';
    },

    rotate(id: string, newId: string) {
      if (!isSessionId(newId, undefined) || newId.slice(0, PARTITION_LENGTH) !== id.slice(0, PARTITION_LENGTH)) {
        throw new AuthError('ERR_SESSION_ID_INVALID');
      }
      const session = live(id);
      if (session === undefined) return 'gone';
      if (live(newId) !== undefined) throw new AuthError('ERR_SESSION_EXISTS');
      remove(session);
      put({ ...session, id: newId, version: session.version + 1 });
      if (session.userId !== undefined) index(session.userId, newId);
      return 'rotated';
    },

    destroy(id: string) {
      const session = sessions.get(id);
      if (session !== undefined) remove(session);
    },

    list: ofUser,

    destroyAll(userId: string, { except }: { readonly except?: string } = {}) {
      const ending = ofUser(userId).filter((session) => session.id !== except);
      ending.forEach(remove);
      return ending.length;
    },

    sweep() {
      cursor = undefined;
      let removed = 0;
      do removed += sweepOneSlice();
      while (cursor !== undefined);
      return removed;
    },

    close() {
      clearInterval(timer);
    },
  };
}

function expired(session: SessionRecord, now: number): boolean {
  return now >= session.idleExpiresAt || now >= session.absoluteExpiresAt;
}

function recordOf(session: NewSession, version: number): SessionRecord {
  const { id, userId, data, createdAt, idleExpiresAt, absoluteExpiresAt } = session;
  return { id, userId, data, version, createdAt, idleExpiresAt, absoluteExpiresAt };
}
