// Mutants of invariants 1 to 8: what the six methods write, and when.

import { AuthError, type SessionRecord } from '../../../src/index.ts';
import { command, type Mutant, putBack } from './base.ts';

const HOUR = 3_600_000;

/** What a store that never looks makes of an id: a session from nothing. */
const fromNothing = (id: string, now: number, data = '{}'): SessionRecord => {
  const times = { createdAt: now, idleExpiresAt: now + HOUR, absoluteExpiresAt: now + 12 * HOUR };
  return { id, userId: undefined, data, version: 1, ...times };
};

export const writeMutants: readonly Mutant[] = [
  {
    name: 'create overwrites',
    caughtBy: 'create-read',
    make:
      () =>
      ({ raw, step }) => ({
        create: (session) => command(step, () => putBack(raw, { ...session, version: 1 })),
      }),
  },
  {
    name: 'create says nothing when the id is taken',
    caughtBy: 'create-read',
    make:
      () =>
      ({ raw, step }) => ({
        create: (session) => command(step, () => (raw.read(session.id) ? undefined : raw.create(session))),
      }),
  },
  {
    name: 'create looks whether the id is taken, then writes',
    caughtBy: 'create-read',
    make:
      () =>
      ({ store, raw, step }) => ({
        async create(session) {
          if (await store.read(session.id)) throw new AuthError('ERR_SESSION_EXISTS');
          await step();
          putBack(raw, { ...session, version: 1 });
        },
      }),
  },
  {
    name: 'create forgets whose session it is',
    caughtBy: 'create-read',
    make:
      () =>
      ({ store }) => ({ create: (session) => store.create({ ...session, userId: undefined }) }),
  },
  {
    name: 'update reads, then writes the whole session (connect-redis)',
    caughtBy: 'destroy-is-final',
    make:
      () =>
      ({ store, raw, step }) => ({
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
    make:
      () =>
      ({ store, raw, step }) => ({
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
    onlyWithGate: true,
    caughtBy: 'destroy-is-final',
    make:
      () =>
      ({ store, raw }) => ({
        async destroy(id) {
          await store.read(id);
          setImmediate(() => raw.destroy(id));
        },
      }),
  },
  {
    name: 'destroy of what is not there is an error',
    caughtBy: 'destroy-is-idempotent',
    make:
      () =>
      ({ store, raw }) => ({
        async destroy(id) {
          if (raw.read(id) === undefined) throw new AuthError('ERR_STORE_UNAVAILABLE');
          await store.destroy(id);
        },
      }),
  },
  {
    name: 'destroy of what is not there ends the sessions beside it',
    caughtBy: 'destroy-is-idempotent',
    make:
      () =>
      ({ store, raw }) => ({
        async destroy(id) {
          if (raw.read(id) === undefined) raw.destroyAll('ada');
          await store.destroy(id);
        },
      }),
  },
  {
    name: 'update inserts',
    caughtBy: 'writes-never-insert',
    make:
      () =>
      ({ store, raw, clock }) => ({
        async update(id, change) {
          const outcome = await store.update(id, change);
          if (outcome === 'gone') putBack(raw, fromNothing(id, clock(), change.data));
          return outcome;
        },
      }),
  },
  {
    name: 'touch inserts',
    caughtBy: 'writes-never-insert',
    make:
      () =>
      ({ store, raw, clock }) => ({
        async touch(id, idleExpiresAt) {
          if (raw.read(id) === undefined) putBack(raw, fromNothing(id, clock()));
          return store.touch(id, idleExpiresAt);
        },
      }),
  },
  {
    name: 'rotate inserts',
    caughtBy: 'writes-never-insert',
    make:
      () =>
      ({ store, raw, clock }) => ({
        async rotate(id, newId) {
          const outcome = await store.rotate(id, newId);
          if (outcome === 'gone') putBack(raw, fromNothing(newId, clock()));
          return outcome;
        },
      }),
  },
  {
    name: 'update writes over any version',
    caughtBy: 'no-lost-update',
    make:
      () =>
      ({ raw, step }) => ({
        update: (id, change) => command(step, () => raw.update(id, { ...change, version: raw.read(id)?.version ?? 1 })),
      }),
  },
  {
    name: 'update looks at the version, then writes',
    caughtBy: 'no-lost-update',
    make:
      () =>
      ({ store, raw, step }) => ({
        async update(id, change) {
          const session = await store.read(id);
          if (session?.version !== change.version) return session ? 'conflict' : 'gone';
          await step();
          return raw.update(id, { ...change, version: raw.read(id)?.version ?? 1 });
        },
      }),
  },
  {
    name: 'update looks at the version, then writes',
    caughtBy: 'one-update-per-version',
    make:
      () =>
      ({ store, raw, step }) => ({
        async update(id, change) {
          const session = await store.read(id);
          if (session?.version !== change.version) return session ? 'conflict' : 'gone';
          await step();
          return raw.update(id, { ...change, version: raw.read(id)?.version ?? 1 });
        },
      }),
  },
  {
    name: 'a conflict is acknowledged, and not written',
    caughtBy: 'one-update-per-version',
    make:
      () =>
      ({ store }) => ({
        async update(id, change) {
          const outcome = await store.update(id, change);
          return outcome === 'conflict' ? 'updated' : outcome;
        },
      }),
  },
  {
    name: 'a conflict is written, and answered as one',
    caughtBy: 'one-update-per-version',
    make:
      () =>
      ({ store, raw }) => ({
        async update(id, change) {
          const outcome = await store.update(id, change);
          if (outcome === 'conflict') raw.update(id, { ...change, version: raw.read(id)?.version ?? 1 });
          return outcome;
        },
      }),
  },
  {
    name: 'an older version is no conflict',
    caughtBy: 'one-update-per-version',
    make:
      () =>
      ({ store, raw }) => ({
        async update(id, change) {
          const version = Math.max(change.version, raw.read(id)?.version ?? 0);
          return store.update(id, { ...change, version });
        },
      }),
  },
  {
    name: 'rotate keeps the version',
    caughtBy: 'versions-rise',
    make:
      () =>
      ({ raw, step }) => ({
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
    make:
      () =>
      ({ store, raw }) => ({
        async touch(id, idleExpiresAt) {
          const outcome = await store.touch(id, idleExpiresAt);
          const session = raw.read(id);
          if (session) putBack(raw, { ...session, version: session.version + 1 });
          return outcome;
        },
      }),
  },
  {
    name: 'every second read comes from a copy that lags behind',
    caughtBy: 'versions-rise',
    make() {
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
    name: 'an instance keeps what it has read',
    caughtBy: 'write-is-seen-at-once',
    make:
      () =>
      ({ store }) => {
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
    onlyWithGate: true,
    caughtBy: 'write-is-seen-at-once',
    make:
      () =>
      ({ store, raw }) => ({
        async update(id, change) {
          const session = await store.read(id);
          if (session?.version !== change.version) return session ? 'conflict' : 'gone';
          setImmediate(() => raw.update(id, change));
          return 'updated';
        },
      }),
  },
];
