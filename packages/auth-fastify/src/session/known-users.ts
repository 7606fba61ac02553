// The users of the sessions that were seen last, so that a request does not parse the session's text for its user alone.
//
// Under the session's id stands the text that was parsed. The same text names the same user; any other is parsed anew, so
// nothing here can be out of date. In memory and in the tracked cache it is the very same string, and comparing costs nothing.

import type { SessionRecord } from '@statecraft/auth-core';
import { type SessionUser, storedUserOf } from './principal-of.ts';

export interface KnownUsers {
  /** As `storedUserOf`; not to be changed, because others get it, too. */
  userOf(record: SessionRecord): SessionUser | undefined;
  /** Of a session that ended: its data leaves this process' memory. */
  forget(id: string): void;
}

interface Known {
  readonly data: string;
  readonly user: SessionUser | undefined;
}

/** At most 10,000 texts of 2,048 UTF-16 units: 40 MB, if none is in memory anyway. */
const MAX_KNOWN = 10_000;
const MAX_LENGTH = 2_048;
/**
 * Of those who come when it is full, one in so many takes the oldest's place. Were it all, then with ten times as many
 * sessions as fit nearly every request would put one in that is pushed out before it is asked for: objects that live just
 * long enough for the garbage collector to move them twice (docs/decisions/0005).
 */
const ONE_IN = 16;

export function createKnownUsers(maxKnown = MAX_KNOWN): KnownUsers {
  const known = new Map<string, Known>();
  let passedOver = 0;

  function learn(record: SessionRecord): SessionUser | undefined {
    const user = storedUserOf(record);
    known.delete(record.id);
    if (record.data.length > MAX_LENGTH || !hasRoom()) return user;
    known.set(record.id, { data: record.data, user });
    return user;
  }

  function hasRoom(): boolean {
    if (known.size < maxKnown) return true;
    passedOver = (passedOver + 1) % ONE_IN;
    if (passedOver !== 0) return false;
    known.delete(known.keys().next().value ?? '');
    return true;
  }

  return {
    userOf(record) {
      const { data, user } = known.get(record.id) ?? NOBODY;
      return data === record.data ? user : learn(record);
    },
    forget: (id) => void known.delete(id),
  };
}

const NOBODY: Partial<Known> = {};
