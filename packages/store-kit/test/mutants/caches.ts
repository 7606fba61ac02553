// Stores with a cache that the server notifies of writes a moment later: one that is correct, and mutants. The harness
// states that moment (`readsMayLag`).

import type { SessionRecord } from '@statecraft/auth-core';
import { derivePartition } from '@statecraft/auth-core/store';
import type { BreakInstance, Full, Mutant, Parts } from './base.ts';

/** ms for which a broken connection stays away and misses notifications. */
const AWAY_MS = 8;

interface Faults {
  readonly ignoresNotifications?: true;
  readonly keepsOvertakenReads?: true;
  readonly keepsCacheAfterLoss?: true;
  readonly ignoresOwnWrites?: true;
}

/** Gets the partition in which something was written. */
type Listener = (partition: string) => void;

function cacheWith(faults: Faults): () => BreakInstance {
  return () => {
    const listeners: Listener[] = [];
    const notify = (partition: string) => {
      for (const listener of listeners) listener(partition);
    };
    return (parts) => createCache(parts, faults, (listener) => listeners.push(listener), notify);
  };
}

function createCache(
  { store, step, clock }: Parts,
  faults: Faults,
  listen: (listener: Listener) => void,
  notify: Listener,
) {
  const cached = new Map<string, SessionRecord>();
  let away = false;
  /** Rises with every write that this instance was notified of. */
  let notifications = 0;

  function forget(partition: string): void {
    notifications++;
    for (const id of cached.keys()) if (readPartition(id) === partition) cached.delete(id);
  }

  function forgetAll(): void {
    notifications++;
    if (!faults.keepsCacheAfterLoss) cached.clear();
  }

  listen((partition) => {
    if (!away && !faults.ignoresNotifications) setImmediate(forget, partition);
  });

  async function write<T>(partition: string, run: () => T | Promise<T>): Promise<T> {
    const outcome = await run();
    if (!faults.ignoresOwnWrites) forget(partition);
    notify(partition);
    return outcome;
  }

  const one: Partial<Full> & { abort(): void } = {
    create: (session) => write(readPartition(session.id), () => store.create(session)),
    async read(id) {
      const known = away ? undefined : cached.get(id);
      if (known !== undefined && clock() < Math.min(known.idleExpiresAt, known.absoluteExpiresAt)) return known;
      if (known !== undefined) cached.delete(id);
      const before = notifications;
      const session = await store.read(id);
      // The answer is under way.
      await step();
      if (session === undefined || away) return session;
      if (before === notifications || faults.keepsOvertakenReads) cached.set(id, Object.freeze({ ...session }));
      return session;
    },
    update: (id, change) => write(readPartition(id), () => store.update(id, change)),
    touch: (id, idleExpiresAt) => write(readPartition(id), () => store.touch(id, idleExpiresAt)),
    rotate: (id, newId) => write(readPartition(id), () => store.rotate(id, newId)),
    destroy: (id) => write(readPartition(id), () => store.destroy(id)),
    list: (userId) => write(derivePartition(userId), () => store.list(userId)),
    destroyAll: (userId, options) => write(derivePartition(userId), () => store.destroyAll(userId, options)),
    changeSubject: (subject) => write(derivePartition(subject.userId), () => store.changeSubject(subject)),
    replaceDetails: (id, change) => write(readPartition(id), () => store.replaceDetails(id, change)),
    abort() {
      away = true;
      forgetAll();
      setTimeout(() => {
        forgetAll();
        away = false;
      }, AWAY_MS);
    },
  };
  return one;
}

const readPartition = (id: string): string => id.slice(0, 16);
const readsMayLag = { ms: 1 };

export const correctCache = { breakServer: cacheWith({}), readsMayLag };

export const cacheMutants: readonly Mutant[] = [
  {
    name: 'a cache ignores notifications',
    caughtBy: 'write-is-seen-immediately',
    breakServer: cacheWith({ ignoresNotifications: true }),
    readsMayLag,
  },
  {
    name: 'a cache keeps its content when its connection is lost',
    caughtBy: 'write-is-seen-immediately',
    breakServer: cacheWith({ keepsCacheAfterLoss: true }),
    readsMayLag,
  },
  {
    name: 'a cache does not see its own write until it is notified',
    caughtBy: 'write-is-seen-immediately',
    breakServer: cacheWith({ ignoresOwnWrites: true }),
    readsMayLag,
  },
  {
    name: 'a cache keeps a read that a write has overtaken',
    onlyWithSyncPoints: true,
    caughtBy: 'versions-rise',
    breakServer: cacheWith({ keepsOvertakenReads: true }),
    readsMayLag,
  },
];
