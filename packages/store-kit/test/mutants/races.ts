// Mutants of invariants 9 to 11 and 17, and of the limit: operations in two halves, with a gap between them.

import { AuthError } from '@statecraft/auth-core';
import { type BreakInstance, type Mutant, putBack } from './base.ts';

/** Destroy also ends what the id was rotated to within so many ms. */
function followRotations(ms: number): BreakInstance {
  const moved = new Map<string, { readonly newId: string; readonly until: number }>();
  return ({ raw, clock, step }) => ({
    async rotate(id, newId) {
      await step();
      const outcome = raw.rotate(id, newId);
      if (outcome === 'rotated') moved.set(id, { newId, until: clock() + ms });
      return outcome;
    },
    async destroy(id) {
      await step();
      if (raw.read(id)) raw.destroy(id);
      for (let next = moved.get(id); next !== undefined && clock() < next.until; next = moved.get(next.newId)) {
        if (raw.read(next.newId)) raw.destroy(next.newId);
      }
    },
  });
}

export const raceMutants: readonly Mutant[] = [
  {
    name: 'rotate creates the new id, then ends the old one',
    caughtBy: 'rotate-is-atomic',
    breakInstance: ({ store, raw, step }) => ({
      async rotate(id, newId) {
        const session = await store.read(id);
        if (session === undefined) return 'gone';
        await step();
        putBack(raw, { ...session, id: newId, version: session.version + 1 });
        await step();
        raw.destroy(id);
        return 'rotated';
      },
    }),
  },
  {
    name: 'rotate ends the old id, then creates the new one',
    caughtBy: 'rotate-is-atomic',
    breakInstance: ({ store, raw, step }) => ({
      async rotate(id, newId) {
        const session = await store.read(id);
        if (session === undefined) return 'gone';
        await step();
        raw.destroy(id);
        await step();
        putBack(raw, { ...session, id: newId, version: session.version + 1 });
        return 'rotated';
      },
    }),
  },
  {
    name: 'rotate reads, then replaces the id in one step',
    caughtBy: 'one-rotate-wins',
    breakInstance: ({ store, raw, step }) => ({
      async rotate(id, newId) {
        const session = await store.read(id);
        if (session === undefined) return 'gone';
        await step();
        raw.destroy(id);
        putBack(raw, { ...session, id: newId, version: session.version + 1 });
        return 'rotated';
      },
    }),
  },
  {
    name: 'rotate writes back what it read before, and loses an update',
    caughtBy: 'one-rotate-wins',
    breakInstance: ({ store, raw, step }) => ({
      async rotate(id, newId) {
        const session = await store.read(id);
        await step();
        const outcome = raw.rotate(id, newId);
        if (session && outcome === 'rotated') putBack(raw, { ...session, id: newId, version: session.version + 1 });
        return outcome;
      },
    }),
  },
  {
    name: 'rotate overwrites a session that has the new id',
    caughtBy: 'one-rotate-wins',
    breakInstance: ({ store, raw }) => ({
      async rotate(id, newId) {
        if (raw.read(id) && id !== newId) raw.destroy(newId);
        return store.rotate(id, newId);
      },
    }),
  },
  {
    name: 'destroy ends only the id that it is given',
    caughtBy: 'rotate-beside-destroy',
    breakInstance: ({ store, raw }) => ({
      destroy: async (id) => void (raw.read(id) ? await store.destroy(id) : await store.read(id)),
    }),
  },
  {
    name: 'destroy follows one rotation, but not two',
    caughtBy: 'rotate-beside-destroy',
    breakServer() {
      const moved = new Map<string, string>();
      return ({ store, raw, step }) => ({
        async rotate(id, newId) {
          const outcome = await store.rotate(id, newId);
          if (outcome === 'rotated') moved.set(id, newId);
          return outcome;
        },
        async destroy(id) {
          await step();
          for (const known of [id, moved.get(id) ?? '']) if (raw.read(known)) raw.destroy(known);
        },
      });
    },
  },
  {
    name: 'destroy follows rotations of any age',
    caughtBy: 'rotate-beside-destroy',
    breakServer: () => followRotations(Number.POSITIVE_INFINITY),
  },
  {
    name: 'destroy follows rotations for half a minute only',
    caughtBy: 'rotate-beside-destroy',
    breakServer: () => followRotations(30_000),
  },
  {
    name: 'rotate reads, then writes the new id even if the old one has ended',
    caughtBy: 'rotate-beside-destroy',
    breakInstance: ({ store, raw, step }) => ({
      async rotate(id, newId) {
        const session = await store.read(id);
        if (session === undefined) return 'gone';
        await step();
        if (raw.rotate(id, newId) === 'gone') putBack(raw, { ...session, id: newId, version: session.version + 1 });
        return 'rotated';
      },
    }),
  },
  {
    name: 'destroyAll lists the sessions, then ends one after the other',
    caughtBy: 'destroy-all-beside-create',
    breakInstance: ({ store, raw, step }) => ({
      async destroyAll(userId, { except } = {}) {
        const ending = (await store.list(userId)).filter(({ id }) => id !== except);
        for (const { id } of ending) {
          await step();
          // Like a store that does not follow rotations.
          if (raw.read(id)) raw.destroy(id);
        }
        return ending.length;
      },
    }),
  },
  {
    name: 'destroyAll empties the index, with sessions that were added since it was read',
    caughtBy: 'destroy-all-beside-create',
    breakServer() {
      const unlisted = new Set<string>();
      return ({ store, raw, step }) => ({
        list: async (userId) => (await store.list(userId)).filter(({ id }) => !unlisted.has(id)),
        async destroyAll(userId, { except } = {}) {
          const ending = (await store.list(userId)).filter(({ id }) => id !== except);
          await step();
          for (const { id } of ending) raw.destroy(id);
          for (const { id } of raw.list(userId)) if (id !== except) unlisted.add(id);
          return ending.length;
        },
      });
    },
  },
  {
    name: 'destroyAll ignores except',
    caughtBy: 'destroy-all-beside-create',
    breakInstance: ({ store }) => ({ destroyAll: (userId) => store.destroyAll(userId) }),
  },
  {
    name: 'create ends the oldest sessions, then writes',
    caughtBy: 'oldest-session-ends',
    breakServer() {
      const beyond = new Set<string>();
      return ({ store, raw, step }) => ({
        async create(session) {
          const userId = session.subject?.userId;
          const full = userId === undefined ? [] : await store.list(userId);
          const ending = full.slice(0, Math.max(0, full.length - 19));
          await step();
          for (const { id } of ending) raw.destroy(id);
          const room = userId === undefined || raw.list(userId).length < 20;
          if (!room) beyond.add(session.id);
          else raw.create(session);
        },
        read: async (id) => (beyond.has(id) ? undefined : store.read(id)),
      });
    },
  },
  {
    name: "the limit ends the user's newest session",
    caughtBy: 'oldest-session-ends',
    breakInstance: ({ store, raw }) => ({
      async create(session) {
        const newest = session.subject?.userId === undefined ? undefined : raw.list(session.subject?.userId)[19];
        if (newest) raw.destroy(newest.id);
        await store.create(session);
      },
    }),
  },
  {
    name: 'the limit ends the session that was written first',
    caughtBy: 'oldest-session-ends',
    breakServer() {
      const order: string[] = [];
      return ({ store, raw }) => ({
        async create(session) {
          const live =
            session.subject?.userId === undefined ? [] : raw.list(session.subject?.userId).map(({ id }) => id);
          const first = order.find((id) => live.includes(id));
          if (live.length >= 20 && first) raw.destroy(first);
          await store.create(session);
          order.push(session.id);
        },
      });
    },
  },
  {
    name: 'the limit refuses the new session',
    caughtBy: 'oldest-session-ends',
    breakInstance: ({ store, raw }) => ({
      async create(session) {
        const full = session.subject?.userId !== undefined && raw.list(session.subject?.userId).length >= 20;
        if (full) throw new AuthError('ERR_STORE_FULL');
        await store.create(session);
      },
    }),
  },
];
