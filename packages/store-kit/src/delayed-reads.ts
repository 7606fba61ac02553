// For a store whose reads may lag behind another instance's writes (`readsMayLag`): a read of what another instance has
// changed waits until the change has arrived. An instance reads its own writes immediately, so nothing waits there.

import { setTimeout as delay, setImmediate as nextTurn } from 'node:timers/promises';
import type { Awaitable } from '@statecraft/auth-core';
import { derivePartition, PARTITION_LENGTH } from '@statecraft/auth-core/store';
import type { FullStore } from './harness.ts';

/** Waits until every instance has received what was acknowledged before. */
export type Settle = () => Promise<void>;

/** Waits for as long as the store states, and then for a turn of the event loop in which what has arrived is read. */
export function waitMs(ms: number): Settle {
  return async () => {
    await delay(ms);
    await nextTurn();
  };
}

/** The two instances, each of which waits for the other's changes before it reads. */
export function delayReads(stores: readonly [FullStore, FullStore], settle: Settle): readonly [FullStore, FullStore] {
  // The partitions that an instance may have changed. A read that finds a session expired may remove it, and counts,
  // too.
  const changed = [new Map<string, symbol>(), new Map<string, symbol>()] as const;
  return [
    delayInstance(stores[0], changed[0], changed[1], settle),
    delayInstance(stores[1], changed[1], changed[0], settle),
  ];
}

type Changes = Map<string, symbol>;

function delayInstance(store: FullStore, own: Changes, others: Changes, settle: Settle): FullStore {
  async function write<T>(partition: string, run: () => Awaitable<T>): Promise<T> {
    try {
      return await run();
    } finally {
      own.set(partition, Symbol());
    }
  }

  async function waitForOthers(partition: string): Promise<void> {
    const change = others.get(partition);
    await settle();
    if (others.get(partition) === change) others.delete(partition);
  }

  function read<T>(partition: string, run: () => Awaitable<T>): Awaitable<T> {
    return others.has(partition) ? waitForOthers(partition).then(run) : run();
  }

  return {
    clock: store.clock,
    create: (session) => write(readPartition(session.id), () => store.create(session)),
    read(id) {
      const partition = readPartition(id);
      const found = read(partition, () => store.read(id));
      if (!(found instanceof Promise)) return found;
      return found.then((session) => {
        if (session === undefined) own.set(partition, Symbol());
        return session;
      });
    },
    update: (id, change) => write(readPartition(id), () => store.update(id, change)),
    touch: (id, idleExpiresAt) => write(readPartition(id), () => store.touch(id, idleExpiresAt)),
    rotate: (id, newId) => write(readPartition(id), () => store.rotate(id, newId)),
    destroy: (id) => write(readPartition(id), () => store.destroy(id)),
    list(userId) {
      const partition = derivePartition(userId);
      return write(partition, () => read(partition, () => store.list(userId)));
    },
    destroyAll: (userId, options) => write(derivePartition(userId), () => store.destroyAll(userId, options)),
    changeSubject: (subject) => write(derivePartition(subject.userId), () => store.changeSubject(subject)),
    replaceDetails: (id, change) => write(readPartition(id), () => store.replaceDetails(id, change)),
    sweep: () => store.sweep(),
  };
}

function readPartition(id: string): string {
  return id.slice(0, PARTITION_LENGTH);
}
