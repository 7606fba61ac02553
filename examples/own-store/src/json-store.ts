// A session store of your own: a clock and six methods. It keeps each session as JSON text under its id, in a Map. With a
// database in place of the Map, each method that writes must be one atomic step there (a transaction or a script).

import { AuthError, type Clock, type SessionRecord, type SessionStore, steadyClock } from '@statecraft/auth-core';
import { isSessionId, PARTITION_LENGTH } from '@statecraft/auth-core/store';

/** @param texts holds the JSON text of each session, by id */
export function createJsonStore(texts: Map<string, string>, clock: Clock = steadyClock): SessionStore {
  // The new id of each rotated session, and when destroy of the old id no longer ends it. A store for production removes
  // these after the minute.
  const successors = new Map<string, { newId: string; until: number }>();

  function findLive(id: string): SessionRecord | undefined {
    const text = texts.get(id);
    if (text === undefined) return undefined;
    const record = parseRecord(text);
    if (clock() < Math.min(record.idleExpiresAt, record.absoluteExpiresAt)) return record;
    texts.delete(id);
    return undefined;
  }

  function write(record: SessionRecord): void {
    texts.set(record.id, JSON.stringify(record));
  }

  return {
    clock,

    async create(session) {
      if (!isSessionId(session.id, session.subject?.userId)) throw new AuthError('ERR_SESSION_ID_INVALID');
      if (findLive(session.id) !== undefined) throw new AuthError('ERR_SESSION_EXISTS');
      write({ ...session, version: 1 });
      successors.delete(session.id);
    },

    async read(id) {
      return findLive(id);
    },

    async update(id, { version, data, details, idleExpiresAt }) {
      const record = findLive(id);
      if (record === undefined) return 'gone';
      if (record.version !== version) return 'conflict';
      const capped = Math.min(idleExpiresAt, record.absoluteExpiresAt);
      write({ ...record, data, details: details ?? record.details, idleExpiresAt: capped, version: version + 1 });
      return 'updated';
    },

    async touch(id, idleExpiresAt) {
      const record = findLive(id);
      if (record === undefined) return 'gone';
      const capped = Math.min(idleExpiresAt, record.absoluteExpiresAt);
      write({ ...record, idleExpiresAt: Math.max(record.idleExpiresAt, capped) });
      return 'touched';
    },

    async rotate(id, newId) {
      const isSamePartition = newId.slice(0, PARTITION_LENGTH) === id.slice(0, PARTITION_LENGTH);
      if (!isSessionId(newId, undefined) || !isSamePartition) throw new AuthError('ERR_SESSION_ID_INVALID');
      const record = findLive(id);
      if (record === undefined) return 'gone';
      if (findLive(newId) !== undefined) throw new AuthError('ERR_SESSION_EXISTS');
      texts.delete(id);
      write({ ...record, id: newId, version: record.version + 1 });
      successors.delete(newId);
      successors.set(id, { newId, until: clock() + 60_000 });
      return 'rotated';
    },

    async destroy(id) {
      texts.delete(id);
      for (let to = successors.get(id); to !== undefined && clock() < to.until; to = successors.get(to.newId)) {
        texts.delete(to.newId);
      }
    },
  };
}

function parseRecord(text: string): SessionRecord {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new AuthError('ERR_SESSION_UNREADABLE', undefined, { cause });
  }
}
