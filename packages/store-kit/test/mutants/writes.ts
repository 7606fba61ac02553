// Mutants of invariants 1 to 8: what the six methods write, and when.

import { AuthError, type SessionRecord } from '@statecraft/auth-core';
import { command, type Mutant, putBack } from './base.ts';

const HOUR = 3_600_000;

/** The session that a store inserts when it does not look whether the id exists. */
const inventSession = (id: string, now: number, data = '{}'): SessionRecord => {
  const times = { createdAt: now, idleExpiresAt: now + HOUR, absoluteExpiresAt: now + 12 * HOUR };
  return { id, subject: undefined, data, details: '{}', version: 1, ...times };
};

export const writeMutants: readonly Mutant[] = [
  {
    name: 'create overwrites',
    caughtBy: 'create-then-read',
    breakInstance: ({ raw, step }) => ({
      create: (session) => command(step, () => putBack(raw, { ...session, version: 1 })),
    }),
  },
  {
    name: 'create ignores that the id is taken',
    caughtBy: 'create-then-read',
    breakInstance: ({ raw, step }) => ({
      create: (session) => command(step, () => (raw.read(session.id) ? undefined : raw.create(session))),
    }),
  },
  {
    name: 'create reads whether the id is taken, then writes',
    caughtBy: 'create-then-read',
    breakInstance: ({ store, raw, step }) => ({
      async create(session) {
        if (await store.read(session.id)) throw new AuthError('ERR_SESSION_EXISTS');
        await step();
        putBack(raw, { ...session, version: 1 });
      },
    }),
  },
  {
    name: 'create drops the subject',
    caughtBy: 'create-then-read',
    breakInstance: ({ store }) => ({ create: (session) => store.create({ ...session, subject: undefined }) }),
  },
  {
    name: 'update reads, then writes the whole session (connect-redis)',
    caughtBy: 'destroy-is-final',
    breakInstance: ({ store, raw, step }) => ({
      async update(id, { version, data, idleExpiresAt }) {
        const session = await store.read(id);
        if (session === undefined) return 'gone';
        if (session.version !== version) return 'conflict';
        await step();
        putBack(raw, { ...session, data, idleExpiresAt, version: version + 1 });
        return 'updated';
      },
    }),
  },
  {
    name: 'touch reads, then writes the whole session',
    caughtBy: 'destroy-is-final',
    breakInstance: ({ store, raw, step }) => ({
      async touch(id, idleExpiresAt) {
        const session = await store.read(id);
        if (session === undefined) return 'gone';
        await step();
        putBack(raw, { ...session, idleExpiresAt });
        return 'touched';
      },
    }),
  },
  {
    name: 'destroy answers before it is done',
    onlyWithSyncPoints: true,
    caughtBy: 'destroy-is-final',
    breakInstance: ({ store, raw }) => ({
      async destroy(id) {
        await store.read(id);
        setImmediate(() => raw.destroy(id));
      },
    }),
  },
  {
    name: 'destroy of an unknown session is an error',
    caughtBy: 'destroy-is-idempotent',
    breakInstance: ({ store, raw }) => ({
      async destroy(id) {
        if (raw.read(id) === undefined) throw new AuthError('ERR_STORE_UNAVAILABLE');
        await store.destroy(id);
      },
    }),
  },
  {
    name: 'destroy of an unknown session ends other sessions',
    caughtBy: 'destroy-is-idempotent',
    breakInstance: ({ store, raw }) => ({
      async destroy(id) {
        if (raw.read(id) === undefined) raw.destroyAll('ada');
        await store.destroy(id);
      },
    }),
  },
  {
    name: 'update inserts',
    caughtBy: 'writes-never-insert',
    breakInstance: ({ store, raw, clock }) => ({
      async update(id, change) {
        const outcome = await store.update(id, change);
        if (outcome === 'gone') putBack(raw, inventSession(id, clock(), change.data));
        return outcome;
      },
    }),
  },
  {
    name: 'touch inserts',
    caughtBy: 'writes-never-insert',
    breakInstance: ({ store, raw, clock }) => ({
      async touch(id, idleExpiresAt) {
        if (raw.read(id) === undefined) putBack(raw, inventSession(id, clock()));
        return store.touch(id, idleExpiresAt);
      },
    }),
  },
  {
    name: 'rotate inserts',
    caughtBy: 'writes-never-insert',
    breakInstance: ({ store, raw, clock }) => ({
      async rotate(id, newId) {
        const outcome = await store.rotate(id, newId);
        if (outcome === 'gone') putBack(raw, inventSession(newId, clock()));
        return outcome;
      },
    }),
  },
  {
    name: 'update writes over any version',
    caughtBy: 'no-lost-update',
    breakInstance: ({ raw, step }) => ({
      update: (id, change) => command(step, () => raw.update(id, { ...change, version: raw.read(id)?.version ?? 1 })),
    }),
  },
  {
    name: 'update reads the version, then writes',
    caughtBy: 'no-lost-update',
    breakInstance: ({ store, raw, step }) => ({
      async update(id, change) {
        const session = await store.read(id);
        if (session?.version !== change.version) return session ? 'conflict' : 'gone';
        await step();
        return raw.update(id, { ...change, version: raw.read(id)?.version ?? 1 });
      },
    }),
  },
  {
    name: 'update reads the version, then writes',
    caughtBy: 'one-update-per-version',
    breakInstance: ({ store, raw, step }) => ({
      async update(id, change) {
        const session = await store.read(id);
        if (session?.version !== change.version) return session ? 'conflict' : 'gone';
        await step();
        return raw.update(id, { ...change, version: raw.read(id)?.version ?? 1 });
      },
    }),
  },
  {
    name: 'a conflict is acknowledged as an update, but not written',
    caughtBy: 'one-update-per-version',
    breakInstance: ({ store }) => ({
      async update(id, change) {
        const outcome = await store.update(id, change);
        return outcome === 'conflict' ? 'updated' : outcome;
      },
    }),
  },
  {
    name: 'a conflict is answered as one, but written',
    caughtBy: 'one-update-per-version',
    breakInstance: ({ store, raw }) => ({
      async update(id, change) {
        const outcome = await store.update(id, change);
        if (outcome === 'conflict') raw.update(id, { ...change, version: raw.read(id)?.version ?? 1 });
        return outcome;
      },
    }),
  },
  {
    name: 'an older version is not a conflict',
    caughtBy: 'one-update-per-version',
    breakInstance: ({ store, raw }) => ({
      async update(id, change) {
        const version = Math.max(change.version, raw.read(id)?.version ?? 0);
        return store.update(id, { ...change, version });
      },
    }),
  },
  {
    name: 'rotate keeps the version',
    caughtBy: 'versions-rise',
    breakInstance: ({ raw, step }) => ({
      async rotate(id, newId) {
        await step();
        const { version = 1 } = raw.read(id) ?? {};
        const outcome = raw.rotate(id, newId);
        const session = raw.read(newId);
        if (session) putBack(raw, { ...session, version });
        return outcome;
      },
    }),
  },
  {
    name: 'touch raises the version',
    caughtBy: 'versions-rise',
    breakInstance: ({ store, raw }) => ({
      async touch(id, idleExpiresAt) {
        const outcome = await store.touch(id, idleExpiresAt);
        const session = raw.read(id);
        if (session) putBack(raw, { ...session, version: session.version + 1 });
        return outcome;
      },
    }),
  },
  {
    name: 'every second read comes from an old copy',
    caughtBy: 'versions-rise',
    breakServer() {
      const copies = new Map<string, SessionRecord | undefined>();
      let reads = 0;
      return ({ store }) => ({
        async read(id) {
          const copy = copies.get(id);
          const session = await store.read(id);
          copies.set(id, session);
          return ++reads % 2 && copy ? copy : session;
        },
      });
    },
  },
  {
    name: 'an instance caches what it has read',
    caughtBy: 'write-is-seen-immediately',
    breakInstance: ({ store }) => {
      const cache = new Map<string, SessionRecord | undefined>();
      return {
        async read(id) {
          if (!cache.has(id)) cache.set(id, await store.read(id));
          return cache.get(id);
        },
        async update(id, change) {
          cache.delete(id);
          return store.update(id, change);
        },
      };
    },
  },
  {
    name: 'update answers before it is written',
    onlyWithSyncPoints: true,
    caughtBy: 'write-is-seen-immediately',
    breakInstance: ({ store, raw }) => ({
      async update(id, change) {
        const session = await store.read(id);
        if (session?.version !== change.version) return session ? 'conflict' : 'gone';
        setImmediate(() => raw.update(id, change));
        return 'updated';
      },
    }),
  },
];
