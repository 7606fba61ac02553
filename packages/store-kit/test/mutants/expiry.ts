// Mutants of invariants 12 to 16: expiry, and what is removed then.

import type { SessionRecord } from '@statecraft/auth-core';
import { type BreakInstance, command, type Full, type Mutant, type Parts, putBack } from './base.ts';

const HOUR = 3_600_000;

/** `isAlive` decides in every method; the server itself ignores the time. */
function decideBy(isAlive: (session: SessionRecord, now: number) => boolean): () => BreakInstance {
  return () =>
    ({ store, raw, clock }: Parts): Partial<Full> => {
      const alive = (id: string) => {
        const session = raw.read(id);
        return session !== undefined && isAlive(session, clock()) ? session : undefined;
      };
      return {
        async read(id) {
          await store.read(id);
          return alive(id);
        },
        update: async (id, change) => (alive(id) ? store.update(id, change) : 'gone'),
        touch: async (id, idleExpiresAt) => (alive(id) ? store.touch(id, idleExpiresAt) : 'gone'),
        rotate: async (id, newId) => (alive(id) ? store.rotate(id, newId) : 'gone'),
        list: async (userId) => (await store.list(userId)).filter(({ id }) => alive(id)),
        changeSubject: async ({ userId }) => (await store.list(userId)).filter(({ id }) => alive(id)).length,
        destroyAll: async (userId) => {
          const ending = (await store.list(userId)).filter(({ id }) => alive(id));
          for (const { id } of ending) raw.destroy(id);
          return ending.length;
        },
      };
    };
}

const never = () => Date.UTC(2026, 0, 1);

export const expiryMutants: readonly Mutant[] = [
  {
    name: 'touch goes past the absolute expiry',
    caughtBy: 'touch-stops-at-absolute',
    breakInstance: ({ raw, step }) => ({
      async touch(id, idleExpiresAt) {
        await step();
        const session = raw.read(id);
        if (session) putBack(raw, { ...session, idleExpiresAt });
        return session ? 'touched' : 'gone';
      },
    }),
  },
  {
    name: 'touch moves the absolute expiry, too',
    caughtBy: 'touch-stops-at-absolute',
    breakInstance: ({ raw, step }) => ({
      async touch(id, idleExpiresAt) {
        await step();
        const session = raw.read(id);
        const absoluteExpiresAt = Math.max(session?.absoluteExpiresAt ?? 0, idleExpiresAt);
        if (session) putBack(raw, { ...session, idleExpiresAt, absoluteExpiresAt });
        return session ? 'touched' : 'gone';
      },
    }),
  },
  {
    name: 'update goes past the absolute expiry',
    caughtBy: 'touch-stops-at-absolute',
    breakInstance: ({ store, raw }) => ({
      async update(id, change) {
        const outcome = await store.update(id, change);
        const session = raw.read(id);
        if (session) raw.destroy(id);
        // Not putBack: its updates would cap the expiry again.
        if (session) raw.create({ ...session, idleExpiresAt: change.idleExpiresAt });
        return outcome;
      },
    }),
  },
  {
    name: 'touch reads, then writes the whole session',
    caughtBy: 'touch-keeps-data',
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
    name: 'touch writes back what its instance read last',
    caughtBy: 'touch-keeps-data',
    breakInstance: ({ store, raw }) => {
      const seen = new Map<string, SessionRecord>();
      return {
        async read(id) {
          const session = await store.read(id);
          if (session) seen.set(id, session);
          return session;
        },
        async touch(id, idleExpiresAt) {
          const session = seen.get(id);
          const outcome = await store.touch(id, idleExpiresAt);
          if (session && outcome === 'touched') putBack(raw, { ...session, idleExpiresAt });
          return outcome;
        },
      };
    },
  },
  {
    name: 'touch moves the idle expiry backwards',
    caughtBy: 'touch-keeps-data',
    breakInstance: ({ raw, step }) => ({
      async touch(id, idleExpiresAt) {
        await step();
        const session = raw.read(id);
        if (session) putBack(raw, { ...session, idleExpiresAt: Math.min(idleExpiresAt, session.absoluteExpiresAt) });
        return session ? 'touched' : 'gone';
      },
    }),
  },
  {
    name: 'a session expires a ms too late',
    caughtBy: 'expired-is-gone',
    breakInstance: () => ({}),
    changeClock: (clock) => () => clock() - 1,
  },
  {
    name: 'a session expires a ms too early',
    caughtBy: 'expired-is-gone',
    breakInstance: () => ({}),
    changeClock: (clock) => () => clock() + 1,
  },
  {
    name: 'the store counts in seconds',
    caughtBy: 'expired-is-gone',
    breakInstance: () => ({}),
    changeClock: (clock) => () => Math.floor(clock() / 1_000) * 1_000,
  },
  {
    name: 'the absolute expiry is ignored',
    caughtBy: 'expired-is-gone',
    breakServer: decideBy((session, now) => now < session.idleExpiresAt),
    changeClock: () => never,
  },
  {
    name: 'the idle expiry is ignored',
    caughtBy: 'expired-is-gone',
    breakServer: decideBy((session, now) => now < session.absoluteExpiresAt),
    changeClock: () => never,
  },
  {
    name: 'expired sessions are gone only after a sweep',
    caughtBy: 'expired-is-gone',
    breakInstance: () => ({}),
    changeClock: () => never,
  },
  {
    name: 'list shows expired sessions',
    caughtBy: 'expired-is-gone',
    breakServer() {
      const created: SessionRecord[] = [];
      return ({ store }) => ({
        async create(session) {
          await store.create(session);
          created.push({ ...session, version: 1 });
        },
        async list(userId) {
          const live = await store.list(userId);
          return live.length > 0 ? live : created.filter((session) => session.subject?.userId === userId);
        },
      });
    },
  },
  {
    name: 'touch revives an expired session',
    caughtBy: 'expired-is-gone',
    breakServer() {
      const created = new Map<string, SessionRecord>();
      return ({ store, raw }) => ({
        async create(session) {
          await store.create(session);
          created.set(session.id, { ...session, version: 1 });
        },
        async touch(id, idleExpiresAt) {
          const session = created.get(id);
          if (session && raw.read(id) === undefined) putBack(raw, { ...session, idleExpiresAt });
          return store.touch(id, idleExpiresAt);
        },
      });
    },
  },
  {
    name: 'an expired session is hidden, and shorten again when the clock is stepped back',
    caughtBy: 'stepped-clock-revives-nothing',
    breakServer: decideBy((session, now) => now < Math.min(session.idleExpiresAt, session.absoluteExpiresAt)),
    changeClock: () => never,
  },
  {
    name: 'only read removes expired sessions',
    caughtBy: 'stepped-clock-revives-nothing',
    breakServer() {
      const hide = decideBy((session, now) => now < Math.min(session.idleExpiresAt, session.absoluteExpiresAt))();
      return (parts) => ({
        ...hide(parts),
        async read(id) {
          const session = await parts.store.read(id);
          const { idleExpiresAt = 0, absoluteExpiresAt = 0 } = session ?? {};
          if (session && parts.clock() < Math.min(idleExpiresAt, absoluteExpiresAt)) return session;
          parts.raw.destroy(id);
          return undefined;
        },
      });
    },
    changeClock: () => never,
  },
  {
    name: "the index of a user's sessions has no TTL",
    caughtBy: 'every-key-has-a-ttl',
    breakInstance: ({ store, keys }) => ({
      async create(session) {
        await store.create(session);
        if (session.subject?.userId !== undefined) keys.set(`user:${session.subject?.userId}`, -1);
      },
    }),
  },
  {
    name: 'update removes the TTL',
    caughtBy: 'every-key-has-a-ttl',
    breakInstance: ({ store, keys }) => ({
      async update(id, change) {
        keys.set(`session:${id}`, -1);
        return store.update(id, change);
      },
    }),
  },
  {
    name: 'a lock stays for a day',
    caughtBy: 'every-key-has-a-ttl',
    breakInstance: ({ store, keys }) => ({
      async rotate(id, newId) {
        keys.set(`lock:${id}`, 24 * HOUR);
        return store.rotate(id, newId);
      },
    }),
  },
  {
    name: 'sweep uses the expiry that was given to create',
    caughtBy: 'sweep-spares-touched',
    breakServer() {
      const ends = new Map<string, number>();
      return ({ store, raw, clock }) => ({
        async create(session) {
          await store.create(session);
          ends.set(session.id, session.idleExpiresAt);
        },
        async sweep() {
          const removed = await store.sweep();
          for (const [id, end] of ends) if (clock() >= end) raw.destroy(id);
          return removed;
        },
      });
    },
  },
  {
    name: 'sweep finds expired sessions, then removes them',
    caughtBy: 'sweep-spares-touched',
    breakServer() {
      const ends = new Map<string, number>();
      return ({ store, raw, clock, step }) => ({
        async create(session) {
          await store.create(session);
          ends.set(session.id, session.idleExpiresAt);
        },
        async touch(id, idleExpiresAt) {
          const outcome = await store.touch(id, idleExpiresAt);
          if (outcome === 'touched') ends.set(id, idleExpiresAt);
          return outcome;
        },
        async sweep() {
          await step();
          const expired = [...ends].filter(([, end]) => clock() >= end).map(([id]) => id);
          await step();
          for (const id of expired) raw.destroy(id);
          return expired.length;
        },
      });
    },
  },
  {
    name: 'sweep removes nothing',
    caughtBy: 'sweep-spares-touched',
    breakInstance: ({ step }) => ({ sweep: () => command(step, () => 0) }),
  },
];
