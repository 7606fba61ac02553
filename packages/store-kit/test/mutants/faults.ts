// Stores that are wrong while their server stalls or is down, or that lose what they acknowledged; and stores whose
// histories have no order.

import type { Awaitable, SessionRecord } from '@statecraft/auth-core';
import { type Mutant, putBack } from './base.ts';

/** Calls, and when that fails does this instead. */
async function callOr<T>(call: () => Awaitable<T>, instead: (error: unknown) => T): Promise<T> {
  try {
    return await call();
  } catch (error) {
    return instead(error);
  }
}

const timeoutMutants: readonly Mutant[] = [
  {
    name: 'an update that timed out is applied twice',
    caughtBy: 'timeout-is-old-or-new',
    breakInstance: ({ store, raw }) => ({
      update: (id, change) =>
        callOr(
          () => store.update(id, change),
          (error) => {
            raw.update(id, change);
            raw.update(id, { ...change, version: change.version + 1 });
            throw error;
          },
        ),
    }),
  },
  {
    name: 'an update that timed out raises the version and keeps the old data',
    caughtBy: 'timeout-is-old-or-new',
    breakInstance: ({ store, raw }) => ({
      update: (id, change) =>
        callOr(
          () => store.update(id, change),
          (error) => {
            raw.update(id, { ...change, data: raw.read(id)?.data ?? '' });
            throw error;
          },
        ),
    }),
  },
  {
    name: 'a destroy that timed out is acknowledged',
    caughtBy: 'timeout-is-old-or-new',
    breakInstance: ({ store }) => ({
      destroy: (id) =>
        callOr(
          () => store.destroy(id),
          () => undefined,
        ),
    }),
  },
];

const outageMutants: readonly Mutant[] = [
  {
    name: 'read returns no session while the server is down',
    caughtBy: 'server-down-is-an-error',
    breakInstance: ({ store }) => ({
      read: (id) =>
        callOr(
          () => store.read(id),
          () => undefined,
        ),
    }),
  },
  {
    name: 'touch answers gone while the server is down',
    caughtBy: 'server-down-is-an-error',
    breakInstance: ({ store }) => ({
      touch: (id, idleExpiresAt) =>
        callOr(
          () => store.touch(id, idleExpiresAt),
          () => 'gone',
        ),
    }),
  },
  {
    name: 'list is empty while the server is down',
    caughtBy: 'server-down-is-an-error',
    breakInstance: ({ store }) => ({
      list: (userId) =>
        callOr(
          () => store.list(userId),
          () => [],
        ),
    }),
  },
];

const lossMutants: readonly Mutant[] = [
  {
    name: 'the session that was acknowledged last is lost',
    caughtBy: 'loss-is-bounded',
    breakInstance({ store, raw }) {
      let last: string[] = [];
      return {
        async create(session) {
          await store.create(session);
          last = [...last, session.id].slice(-2);
        },
        lose() {
          for (const id of last) raw.destroy(id);
        },
      };
    },
  },
  {
    name: 'the sign-out that was acknowledged last is undone',
    caughtBy: 'loss-is-bounded',
    breakInstance({ store, raw }) {
      let last: SessionRecord | undefined;
      return {
        async destroy(id) {
          last = raw.read(id);
          await store.destroy(id);
        },
        lose() {
          if (last !== undefined) putBack(raw, last);
        },
      };
    },
  },
];

const historyMutants: readonly Mutant[] = [
  {
    name: 'an update is acknowledged before it is written',
    caughtBy: 'history-is-linearizable',
    breakInstance: ({ raw, step }) => ({
      async update(id, change) {
        await step();
        const found = raw.read(id);
        if (found === undefined) return 'gone';
        if (found.version !== change.version) return 'conflict';
        setImmediate(() => raw.update(id, change));
        return 'updated';
      },
    }),
  },
  {
    name: 'read returns what its instance found at the read before',
    caughtBy: 'history-is-linearizable',
    breakInstance({ store }) {
      const before = new Map<string, SessionRecord | undefined>();
      return {
        async read(id) {
          const found = await store.read(id);
          const stale = before.has(id) ? before.get(id) : found;
          before.set(id, found);
          return stale;
        },
      };
    },
  },
];

export const faultMutants: readonly Mutant[] = [...timeoutMutants, ...outageMutants, ...lossMutants, ...historyMutants];
