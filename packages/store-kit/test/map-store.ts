import { AuthError, type Clock, type SessionRecord, type SessionStore, steadyClock } from '@statecraft/auth-core';
import { isSessionId, PARTITION_LENGTH } from '@statecraft/auth-core/store';

/** A complete session store over a Map: a clock and six methods. */
export function createMapStore({ clock = steadyClock }: { clock?: Clock } = {}): SessionStore {
  const sessions = new Map<string, SessionRecord>();
  // The new id of each rotated session, and when destroy of the old id no longer ends it. A store for production
  // removes these after the minute.
  const successors = new Map<string, { newId: string; until: number }>();

  function findLive(id: string): SessionRecord | undefined {
    const session = sessions.get(id);
    if (session === undefined) return undefined;
    if (clock() < Math.min(session.idleExpiresAt, session.absoluteExpiresAt)) return session;
    // Removed, so that it stays gone when the clock goes back.
    sessions.delete(id);
    return undefined;
  }

  return {
    clock,

    async create(session) {
      if (!isSessionId(session.id, session.subject?.userId)) throw new AuthError('ERR_SESSION_ID_INVALID');
      if (findLive(session.id) !== undefined) throw new AuthError('ERR_SESSION_EXISTS');
      sessions.set(session.id, structuredClone({ ...session, version: 1 }));
      successors.delete(session.id);
    },

    async read(id) {
      return structuredClone(findLive(id));
    },

    async update(id, { version, data, details, idleExpiresAt }) {
      const session = findLive(id);
      if (session === undefined) return 'gone';
      if (session.version !== version) return 'conflict';
      sessions.set(id, {
        ...session,
        data,
        details: details ?? session.details,
        idleExpiresAt: Math.min(idleExpiresAt, session.absoluteExpiresAt),
        version: version + 1,
      });
      return 'updated';
    },

    async touch(id, idleExpiresAt) {
      const session = findLive(id);
      if (session === undefined) return 'gone';
      const capped = Math.min(idleExpiresAt, session.absoluteExpiresAt);
      sessions.set(id, { ...session, idleExpiresAt: Math.max(session.idleExpiresAt, capped) });
      return 'touched';
    },

    async rotate(id, newId) {
      const isSamePartition = newId.slice(0, PARTITION_LENGTH) === id.slice(0, PARTITION_LENGTH);
      if (!isSessionId(newId, undefined) || !isSamePartition) throw new AuthError('ERR_SESSION_ID_INVALID');
      const session = findLive(id);
      if (session === undefined) return 'gone';
      if (findLive(newId) !== undefined) throw new AuthError('ERR_SESSION_EXISTS');
      sessions.delete(id);
      sessions.set(newId, { ...session, id: newId, version: session.version + 1 });
      successors.delete(newId);
      successors.set(id, { newId, until: clock() + 60_000 });
      return 'rotated';
    },

    async destroy(id) {
      sessions.delete(id);
      for (let to = successors.get(id); to !== undefined && clock() < to.until; to = successors.get(to.newId)) {
        sessions.delete(to.newId);
      }
    },
  };
}
