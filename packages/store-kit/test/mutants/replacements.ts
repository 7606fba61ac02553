// Mutants of invariants 33 to 35: replaceDetails, and the writes beside it.

import { isDeepStrictEqual } from 'node:util';
import { AuthError, type SessionRecord } from '@statecraft/auth-core';
import { type BreakInstance, type Full, type Mutant, type Parts, putBack } from './base.ts';

/** The mutant's replaceDetails, for an instance whose other methods are correct. */
function breakReplace(replaceDetails: (parts: Parts) => Full['replaceDetails']): BreakInstance {
  return (parts) => ({ replaceDetails: replaceDetails(parts) });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const replaceMutants: readonly Mutant[] = [
  {
    name: 'replaceDetails raises the version',
    caughtBy: 'details-are-replaced',
    breakInstance: breakReplace(({ store, raw }) => async (id, change) => {
      const outcome = await store.replaceDetails(id, change);
      const session = raw.read(id);
      if (session && outcome === 'replaced') raw.update(id, session);
      return outcome;
    }),
  },
  {
    name: 'replaceDetails moves the idle expiry',
    caughtBy: 'details-are-replaced',
    breakInstance: breakReplace(({ store, raw }) => async (id, change) => {
      const outcome = await store.replaceDetails(id, change);
      const session = raw.read(id);
      if (session && outcome === 'replaced') raw.touch(id, session.idleExpiresAt + 1);
      return outcome;
    }),
  },
  {
    name: 'replaceDetails writes over any details',
    caughtBy: 'details-are-replaced',
    breakInstance: breakReplace(({ raw, step }) => async (id, { to }) => {
      await step();
      return raw.replaceDetails(id, { from: raw.read(id)?.details ?? '', to });
    }),
  },
  {
    name: 'replaceDetails compares the details as JSON',
    caughtBy: 'details-are-replaced',
    breakInstance: breakReplace(({ raw, step }) => async (id, { from, to }) => {
      await step();
      const details = raw.read(id)?.details ?? '';
      return raw.replaceDetails(id, {
        from: isDeepStrictEqual(parseJson(details), parseJson(from)) ? details : from,
        to,
      });
    }),
  },
  {
    name: 'replaceDetails trims what it compares',
    caughtBy: 'details-are-replaced',
    breakInstance: breakReplace(
      ({ store }) =>
        (id, { from, to }) =>
          store.replaceDetails(id, { from: from.trim(), to }),
    ),
  },
  {
    name: 'replaceDetails keeps only the details that it knows',
    caughtBy: 'details-are-replaced',
    breakInstance: breakReplace(({ store }) => (id, { from, to }) => {
      const { device, binding } = JSON.parse(to) as Record<string, unknown>;
      return store.replaceDetails(id, { from, to: JSON.stringify({ device, binding }) });
    }),
  },
  {
    name: 'replaceDetails answers before it is written',
    caughtBy: 'details-are-replaced',
    breakInstance: breakReplace(({ raw, step }) => async (id, change) => {
      await step();
      const details = raw.read(id)?.details;
      setTimeout(() => raw.replaceDetails(id, change), 1);
      return details === undefined ? 'gone' : details === change.from ? 'replaced' : 'conflict';
    }),
  },
  {
    name: 'replaceDetails of an unknown session is a conflict',
    caughtBy: 'details-are-replaced',
    breakInstance: breakReplace(({ store }) => async (id, change) => {
      const outcome = await store.replaceDetails(id, change);
      return outcome === 'gone' ? 'conflict' : outcome;
    }),
  },
  {
    name: 'replaceDetails inserts',
    caughtBy: 'details-are-replaced',
    breakServer() {
      const created = new Map<string, SessionRecord>();
      return ({ store, raw, step }) => ({
        async create(session) {
          await store.create(session);
          created.set(session.id, { ...session, version: 1 });
        },
        async replaceDetails(id, change) {
          await step();
          const session = created.get(id);
          const outcome = raw.replaceDetails(id, change);
          if (session && outcome === 'gone') putBack(raw, { ...session, details: change.to });
          return outcome;
        },
      });
    },
  },
  {
    name: 'replaceDetails follows a rotate',
    caughtBy: 'details-are-replaced',
    breakServer() {
      const successors = new Map<string, string>();
      return ({ store }) => ({
        async rotate(id, newId) {
          const outcome = await store.rotate(id, newId);
          if (outcome === 'rotated') successors.set(id, newId);
          return outcome;
        },
        replaceDetails: (id, change) => store.replaceDetails(successors.get(id) ?? id, change),
      });
    },
  },
  {
    name: 'an instance caches the details that it has read',
    caughtBy: 'details-are-replaced',
    breakInstance({ store }) {
      const details = new Map<string, string>();
      return {
        async read(id) {
          const session = await store.read(id);
          if (session === undefined) return undefined;
          if (!details.has(id)) details.set(id, session.details);
          return { ...session, details: details.get(id) ?? '' };
        },
      };
    },
  },
];

const raceMutants: readonly Mutant[] = [
  {
    name: 'replaceDetails reads and compares, then writes the details',
    caughtBy: 'one-replace-wins',
    breakInstance: breakReplace(({ store, raw, step }) => async (id, { from, to }) => {
      const session = await store.read(id);
      if (session === undefined) return 'gone';
      if (session.details !== from) return 'conflict';
      await step();
      return raw.replaceDetails(id, { from: raw.read(id)?.details ?? '', to });
    }),
  },
  {
    name: 'a conflict of details is acknowledged, but not written',
    caughtBy: 'one-replace-wins',
    breakInstance: breakReplace(({ store }) => async (id, change) => {
      const outcome = await store.replaceDetails(id, change);
      return outcome === 'conflict' ? 'replaced' : outcome;
    }),
  },
  {
    name: 'a conflict of details is answered as one, but written',
    caughtBy: 'one-replace-wins',
    breakInstance: breakReplace(({ store, raw }) => async (id, change) => {
      const outcome = await store.replaceDetails(id, change);
      if (outcome === 'conflict') raw.replaceDetails(id, { from: raw.read(id)?.details ?? '', to: change.to });
      return outcome;
    }),
  },
];

/** A write that puts back the details that it has read before. */
async function keepOldDetails<T>({ store, raw, step }: Parts, id: string, newId: string, write: () => T): Promise<T> {
  const before = await store.read(id);
  await step();
  const outcome = write();
  const session = raw.read(newId);
  if (before && session) putBack(raw, { ...session, details: before.details });
  return outcome;
}

const besideMutants: readonly Mutant[] = [
  {
    name: 'replaceDetails reads, then writes the whole session',
    caughtBy: 'replace-beside-writes',
    breakInstance: breakReplace(({ store, raw, step }) => async (id, { from, to }) => {
      const session = await store.read(id);
      if (session === undefined) return 'gone';
      if (session.details !== from) return 'conflict';
      await step();
      putBack(raw, { ...session, details: to });
      return 'replaced';
    }),
  },
  {
    name: 'replaceDetails reads, then writes the whole session if it is still there',
    caughtBy: 'replace-beside-writes',
    breakInstance: breakReplace(({ store, raw, step }) => async (id, { from, to }) => {
      const session = await store.read(id);
      if (session?.details !== from) return session ? 'conflict' : 'gone';
      await step();
      if (raw.read(id) === undefined) return 'gone';
      putBack(raw, { ...session, details: to });
      return 'replaced';
    }),
  },
  {
    name: 'replaceDetails also compares the version that it has read',
    caughtBy: 'replace-beside-writes',
    breakInstance: breakReplace(({ store, raw, step }) => async (id, change) => {
      const session = await store.read(id);
      await step();
      const version = raw.read(id)?.version ?? session?.version;
      return version === session?.version ? raw.replaceDetails(id, change) : 'conflict';
    }),
  },
  {
    name: 'replaceDetails reads, then revives the session if it has expired meanwhile',
    caughtBy: 'replace-beside-writes',
    breakInstance: breakReplace(({ store, raw, step, clock }) => async (id, change) => {
      const session = await store.read(id);
      await step();
      if (session && clock() >= session.idleExpiresAt) putBack(raw, { ...session, idleExpiresAt: clock() + 1 });
      return raw.replaceDetails(id, change);
    }),
  },
  {
    name: 'update writes back the details that it read',
    caughtBy: 'replace-beside-writes',
    breakInstance: (parts) => ({
      update: (id, change) => keepOldDetails(parts, id, id, () => parts.raw.update(id, change)),
    }),
  },
  {
    name: 'touch writes back the details that it read',
    caughtBy: 'replace-beside-writes',
    breakInstance: (parts) => ({
      touch: (id, idleExpiresAt) => keepOldDetails(parts, id, id, () => parts.raw.touch(id, idleExpiresAt)),
    }),
  },
  {
    name: 'rotate writes back the details that it read',
    caughtBy: 'replace-beside-writes',
    breakInstance: (parts) => ({
      rotate: (id, newId) => keepOldDetails(parts, id, newId, () => parts.raw.rotate(id, newId)),
    }),
  },
  {
    name: 'changeSubject writes back the details that it read',
    caughtBy: 'replace-beside-writes',
    breakInstance: ({ store, raw, step }) => ({
      async changeSubject(subject) {
        const sessions = await store.list(subject.userId);
        await step();
        const count = raw.changeSubject(subject);
        for (const { id, details } of sessions) {
          const session = raw.read(id);
          if (session) putBack(raw, { ...session, details });
        }
        return count;
      },
    }),
  },
];

const SHARE = 160 * 1024;

const sizeMutants: readonly Mutant[] = [
  {
    name: 'replaceDetails does not count the data',
    caughtBy: 'user-bytes-are-bounded',
    breakInstance: breakReplace(({ store, raw }) => (id, { from, to }) => {
      const data = raw.read(id)?.data ?? '';
      const isKept = Buffer.byteLength(to) <= SHARE && Buffer.byteLength(data + to) > SHARE;
      return store.replaceDetails(id, { from, to: isKept ? '{}' : to });
    }),
  },
  {
    name: 'replaceDetails refuses details of exactly the share',
    caughtBy: 'user-bytes-are-bounded',
    breakInstance: breakReplace(({ store, raw }) => (id, change) => {
      const data = raw.read(id)?.data ?? '';
      if (Buffer.byteLength(data + change.to) >= SHARE) throw new AuthError('ERR_SESSION_DATA_TOO_LARGE');
      return store.replaceDetails(id, change);
    }),
  },
  {
    name: 'a replaceDetails that is refused empties the details',
    caughtBy: 'user-bytes-are-bounded',
    breakInstance: breakReplace(({ store }) => async (id, { from, to }) => {
      try {
        return await store.replaceDetails(id, { from, to });
      } catch (error) {
        await store.replaceDetails(id, { from, to: '{}' });
        throw error;
      }
    }),
  },
];

export const replacementMutants: readonly Mutant[] = [
  ...replaceMutants,
  ...raceMutants,
  ...besideMutants,
  ...sizeMutants,
];
