// What was made of the texts of the sessions that were seen last, so that a request does not parse its session's text again: the
// user it names (plugin.ts), the object it is (callback-store.ts).
//
// Under the session's id stands the text that it was made from. The same text makes the same; any other is parsed anew, so
// nothing here can be out of date. In memory and in the tracked cache it is the very same string, and comparing costs nothing.

import type { SessionRecord } from '@statecraft/auth-core';

export interface Remembered<T> {
  /** What `make` makes of the record; not to be changed, because others get it, too. Throws what `make` throws. */
  of(record: SessionRecord): T;
  /** Of a session that ended: its data leaves this process' memory. */
  forget(id: string): void;
}

export interface RememberedLimits {
  readonly sessions: number;
  /** UTF-16 units of all their texts; one text may have a thousandth of it. */
  readonly units: number;
}

interface Known<T> {
  readonly data: string;
  readonly made: T;
}

const MAX_SHARE = 1 / 1_000;
/**
 * Of those who come when it is full, one in so many takes the place of the oldest. Were it all, then with ten times as many
 * sessions as fit nearly every request would put one in that is pushed out before it is asked for: objects that live just
 * long enough for the garbage collector to move them twice (docs/decisions/0005).
 */
const ONE_IN = 16;

/** `make` may use the record's data and user id, which are the same as long as its data are. */
export function createRemembered<T>(make: (record: SessionRecord) => T, limits: RememberedLimits): Remembered<T> {
  const known = new Map<string, Known<T>>();
  let units = 0;
  let passedOver = 0;

  function learn(record: SessionRecord): T {
    const { id, data } = record;
    forget(id);
    const made = make(record);
    if (data.length > limits.units * MAX_SHARE || !hasRoom(data)) return made;
    known.set(id, { data, made });
    units += data.length;
    return made;
  }

  function hasRoom(data: string): boolean {
    const isFull = () => known.size >= limits.sessions || units + data.length > limits.units;
    if (!isFull()) return true;
    passedOver = (passedOver + 1) % ONE_IN;
    if (passedOver !== 0) return false;
    while (isFull()) forget(known.keys().next().value ?? '');
    return true;
  }

  function forget(id: string): void {
    const before = known.get(id);
    if (before === undefined) return;
    units -= before.data.length;
    known.delete(id);
  }

  return {
    of(record) {
      const before = known.get(record.id);
      return before !== undefined && before.data === record.data ? before.made : learn(record);
    },
    forget,
  };
}

/** A copy of what JSON.parse makes, of its own down to the last leaf. A property named `__proto__` stays one. */
export function copyOf<T>(value: T): T {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(copyOf) as T;
  const copy = { ...value };
  for (const name in copy) {
    const inner = copy[name];
    if (typeof inner === 'object' && inner !== null) copy[name] = copyOf(inner);
  }
  return copy;
}
