// The sessions of the memory store: one Map by id, and an index by user. Records are frozen, so a read hands out the
// stored record itself, and a write replaces it.

import type { SessionRecord } from '../../contracts/store.ts';

/** An upper bound for what a session takes beside its texts, its part of Map and index included. */
const RECORD_BYTES = 600;
const ROLE_BYTES = 16;

export interface SessionTable {
  /** Sessions, expired ones that were not yet removed included. */
  countSessions(): number;
  countUsers(): number;
  /** Bytes of heap at most. */
  countBytes(): number;
  /** The session, unless it has expired; then it is removed, so that no later clock can call it alive again. */
  readLive(id: string, now: number): SessionRecord | undefined;
  /** The user's live sessions, oldest first. Removes those that have expired. */
  readUser(userId: string, now: number): SessionRecord[];
  /** Adds the session, or replaces the one of this id. */
  put(record: SessionRecord): void;
  remove(id: string): void;
  /**
   * Looks at up to `limit` sessions after those of the last call, and removes expired ones. True: a round has ended.
   */
  sweepSlice(limit: number, now: number): boolean;
  /** Removes all expired sessions; answers how many. */
  sweepAll(now: number): number;
}

export function createSessionTable(): SessionTable {
  const sessions = new Map<string, SessionRecord>();
  const idsByUser = new Map<string, readonly string[]>();
  let bytes = 0;
  // A Map's iterator allows for changes while it is under way.
  let round = sessions.values();

  function readLive(id: string, now: number): SessionRecord | undefined {
    const record = sessions.get(id);
    if (record === undefined || !isExpired(record, now)) return record;
    remove(id);
    return undefined;
  }

  function put(record: SessionRecord): void {
    const former = sessions.get(record.id);
    sessions.set(record.id, record);
    bytes += measureRecord(record) - (former === undefined ? 0 : measureRecord(former));
    if (former === undefined && record.subject !== undefined) addToIndex(record.subject.userId, record.id);
  }

  function remove(id: string): void {
    const record = sessions.get(id);
    if (record === undefined) return;
    sessions.delete(id);
    bytes -= measureRecord(record);
    if (record.subject !== undefined) removeFromIndex(record.subject.userId, id);
  }

  function addToIndex(userId: string, id: string): void {
    // Most users have one session. A literal takes less room than an array that has grown.
    const ids = idsByUser.get(userId);
    idsByUser.set(userId, ids === undefined ? [id] : ids.concat(id));
  }

  function removeFromIndex(userId: string, id: string): void {
    const rest = (idsByUser.get(userId) ?? []).filter((other) => other !== id);
    if (rest.length > 0) idsByUser.set(userId, rest);
    else idsByUser.delete(userId);
  }

  return {
    countSessions: () => sessions.size,
    countUsers: () => idsByUser.size,
    countBytes: () => bytes,
    readLive,
    put,
    remove,

    readUser(userId, now) {
      const ids = idsByUser.get(userId) ?? [];
      const live = ids.map((id) => readLive(id, now)).filter((record) => record !== undefined);
      return live.sort((a, b) => a.createdAt - b.createdAt);
    },

    sweepSlice(limit, now) {
      for (let looked = 0; looked < limit; looked++) {
        const { value: record } = round.next();
        if (record === undefined) {
          round = sessions.values();
          return true;
        }
        if (isExpired(record, now)) remove(record.id);
      }
      return false;
    },

    sweepAll(now) {
      const before = sessions.size;
      for (const record of sessions.values()) if (isExpired(record, now)) remove(record.id);
      return before - sessions.size;
    },
  };
}

/** Bytes of heap at most: V8 takes one byte for each unit of a Latin-1 text, and two for any other. */
export function measureRecord({ subject, data, details }: SessionRecord): number {
  let units = data.length + details.length;
  let roles = 0;
  if (subject !== undefined) {
    units += subject.userId.length + subject.username.length;
    roles = subject.roles.length;
    for (const role of subject.roles) units += role.length;
  }
  return RECORD_BYTES + ROLE_BYTES * roles + 2 * units;
}

function isExpired({ idleExpiresAt, absoluteExpiresAt }: SessionRecord, now: number): boolean {
  return now >= idleExpiresAt || now >= absoluteExpiresAt;
}
