// A store whose reads may lag behind another instance's writes (`readsMayLag`) is asked no sooner than it promises: a read
// of what another instance has touched waits until that was told. One's own writes are seen at once, so nothing waits there.

import { setTimeout as delay, setImmediate as nextTurn } from 'node:timers/promises';
import type { Awaitable } from '../contracts/store.ts';
import { PARTITION_LENGTH, partitionOf } from '../session-token.ts';
import type { FullStore } from './harness.ts';

type Instance = 0 | 1;

/** Waits until every instance has seen what was acknowledged before. */
export type Settle = () => Promise<void>;

/** By waiting for as long as the store states, and then for a turn in which what has arrived is read. */
export function waitOut(ms: number): Settle {
  return async () => {
    await delay(ms);
    await nextTurn();
  };
}

/** The two instances, so that each waits for what the other has done. */
export function withLag(stores: readonly [FullStore, FullStore], settle: Settle): readonly [FullStore, FullStore] {
  // The users to whose sessions an instance did more than read a live one: what it finds expired it may remove.
  const touched = [new Map<string, symbol>(), new Map<string, symbol>()] as const;

  function instance(own: Instance): FullStore {
    const store = stores[own];
    const [mine, others] = own === 0 ? touched : ([touched[1], touched[0]] as const);

    async function writing<T>(place: string, write: () => Awaitable<T>): Promise<T> {
      try {
        return await write();
      } finally {
        mine.set(place, Symbol());
      }
    }

    async function settled(place: string): Promise<void> {
      const touch = others.get(place);
      await settle();
      if (others.get(place) === touch) others.delete(place);
    }

    function reading<T>(place: string, read: () => Awaitable<T>): Awaitable<T> {
      return others.has(place) ? settled(place).then(read) : read();
    }

    return {
      create: (session) => writing(placeOf(session.id), () => store.create(session)),
      read(id) {
        const place = placeOf(id);
        const found = reading(place, () => store.read(id));
        if (!(found instanceof Promise)) return found;
        return found.then((session) => {
          if (session === undefined) mine.set(place, Symbol());
          return session;
        });
      },
      update: (id, change) => writing(placeOf(id), () => store.update(id, change)),
      touch: (id, idleExpiresAt) => writing(placeOf(id), () => store.touch(id, idleExpiresAt)),
      rotate: (id, newId) => writing(placeOf(id), () => store.rotate(id, newId)),
      destroy: (id) => writing(placeOf(id), () => store.destroy(id)),
      list: (userId) => writing(partitionOf(userId), () => reading(partitionOf(userId), () => store.list(userId))),
      destroyAll: (userId, options) => writing(partitionOf(userId), () => store.destroyAll(userId, options)),
      sweep: () => store.sweep(),
    };
  }

  return [instance(0), instance(1)];
}

const placeOf = (id: string): string => id.slice(0, PARTITION_LENGTH);
