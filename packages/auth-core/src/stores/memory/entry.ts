// How one session stands in memory. A record is made of it at each read, so nobody outside holds what is stored.
//
// The id is the key under which it stands. Expiries are ms after creation: V8 keeps those in the object itself, while
// each time since the epoch would be an object of 16 bytes more.

import type { NewSession, SessionRecord } from '../../contracts/store.ts';
import { AuthError } from '../../errors.ts';

export interface Entry {
  readonly userId: string | undefined;
  readonly createdAt: number;
  readonly absoluteAfter: number;
  idleAfter: number;
  data: string;
  version: number;
}

/** Bytes that a session takes at most beside its texts, its share of all indexes included. */
const ENTRY_BYTES = 400;

/** @throws ERR_OPTION_INVALID for a time that is no whole number of ms. */
export function entryOf(session: NewSession, version: number): Entry {
  const { userId, data, createdAt, idleExpiresAt, absoluteExpiresAt } = session;
  const absoluteAfter = small(demandTime(absoluteExpiresAt) - demandTime(createdAt));
  return { userId, createdAt, absoluteAfter, idleAfter: small(demandTime(idleExpiresAt) - createdAt), data, version };
}

export function recordOf(id: string, entry: Entry): SessionRecord {
  return {
    id,
    userId: entry.userId,
    data: entry.data,
    version: entry.version,
    createdAt: entry.createdAt,
    idleExpiresAt: entry.createdAt + entry.idleAfter,
    absoluteExpiresAt: entry.createdAt + entry.absoluteAfter,
  };
}

export function expired(entry: Entry, now: number): boolean {
  const age = now - entry.createdAt;
  return age >= entry.idleAfter || age >= entry.absoluteAfter;
}

/** The idle expiry as the entry keeps it: never past the absolute one. */
export function idleAfterOf(entry: Entry, idleExpiresAt: number): number {
  return small(Math.min(demandTime(idleExpiresAt) - entry.createdAt, entry.absoluteAfter));
}

/** An upper bound: V8 takes one byte for each unit of a Latin-1 text, and two for any other. */
export function bytesOf(userId: string | undefined, data: string): number {
  return ENTRY_BYTES + 2 * (data.length + (userId?.length ?? 0));
}

/** A difference of two times is a double to V8, whatever its value; below 2^31 ms (24 days) this makes a small integer. */
function small(ms: number): number {
  const integer = ms | 0;
  return integer === ms ? integer : ms;
}

function demandTime(ms: number): number {
  if (Number.isSafeInteger(ms)) return ms;
  throw new AuthError('ERR_OPTION_INVALID', `A time must be a whole number of ms since the epoch, and is ${ms}.`);
}
