// Stores that keep what they read and are told by the server what was written, a moment later: one that is sound, and ones
// that are not. The kit is told of the moment (`readsMayLag`).

import type { SessionRecord } from '../../../src/index.ts';
import { partitionOf } from '../../../src/index.ts';
import type { Break, Full, Mutant, Parts } from './base.ts';

/** So long a broken connection stays away, and misses what is told. */
const AWAY_MS = 8;

interface Faults {
  readonly ignoresWhatItIsTold?: true;
  readonly keepsReadsThatWereOvertaken?: true;
  readonly keepsAllOverALoss?: true;
  readonly keepsItsOwnWritesOut?: true;
}

/** What the server tells: that something of a user was written. */
type Listener = (place: string) => void;

function caching(faults: Faults): () => Break {
  return () => {
    const listeners: Listener[] = [];
    const tell = (place: string) => {
      for (const listener of listeners) listener(place);
    };
    return (parts) => cached(parts, faults, (listener) => listeners.push(listener), tell);
  };
}

function cached({ store, step, clock }: Parts, faults: Faults, listen: (listener: Listener) => void, tell: Listener) {
  const kept = new Map<string, SessionRecord>();
  let away = false;
  /** Rises with every write that this instance was told of. */
  let told = 0;

  function forget(place: string): void {
    told++;
    for (const id of kept.keys()) if (placeOf(id) === place) kept.delete(id);
  }

  function forgetAll(): void {
    told++;
    if (!faults.keepsAllOverALoss) kept.clear();
  }

  listen((place) => {
    if (!away && !faults.ignoresWhatItIsTold) setImmediate(forget, place);
  });

  async function writing<T>(place: string, write: () => T | Promise<T>): Promise<T> {
    const outcome = await write();
    if (!faults.keepsItsOwnWritesOut) forget(place);
    tell(place);
    return outcome;
  }

  const one: Partial<Full> & { abort(): void } = {
    create: (session) => writing(placeOf(session.id), () => store.create(session)),
    async read(id) {
      const known = away ? undefined : kept.get(id);
      if (known !== undefined && clock() < Math.min(known.idleExpiresAt, known.absoluteExpiresAt)) return known;
      if (known !== undefined) kept.delete(id);
      const before = told;
      const session = await store.read(id);
      // On its way home.
      await step();
      if (session === undefined || away) return session;
      if (before === told || faults.keepsReadsThatWereOvertaken) kept.set(id, Object.freeze({ ...session }));
      return session;
    },
    update: (id, change) => writing(placeOf(id), () => store.update(id, change)),
    touch: (id, idleExpiresAt) => writing(placeOf(id), () => store.touch(id, idleExpiresAt)),
    rotate: (id, newId) => writing(placeOf(id), () => store.rotate(id, newId)),
    destroy: (id) => writing(placeOf(id), () => store.destroy(id)),
    list: (userId) => writing(partitionOf(userId), () => store.list(userId)),
    destroyAll: (userId, options) => writing(partitionOf(userId), () => store.destroyAll(userId, options)),
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

const placeOf = (id: string): string => id.slice(0, 16);
const readsMayLag = { ms: 1 };

export const soundCache = { make: caching({}), readsMayLag };

export const cacheMutants: readonly Mutant[] = [
  {
    name: 'a cache is not told what other instances write',
    caughtBy: 'write-is-seen-at-once',
    make: caching({ ignoresWhatItIsTold: true }),
    readsMayLag,
  },
  {
    name: 'a cache keeps what it read before its connection was lost',
    caughtBy: 'write-is-seen-at-once',
    make: caching({ keepsAllOverALoss: true }),
    readsMayLag,
  },
  {
    name: 'a cache keeps its own write out until it is told',
    caughtBy: 'write-is-seen-at-once',
    make: caching({ keepsItsOwnWritesOut: true }),
    readsMayLag,
  },
  {
    name: 'a cache keeps a read that was under way when it was told of a write',
    onlyWithGate: true,
    caughtBy: 'versions-rise',
    make: caching({ keepsReadsThatWereOvertaken: true }),
    readsMayLag,
  },
];
