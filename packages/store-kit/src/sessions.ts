// The sessions that checks put into a store.

import type { Clock, DetailsChange, NewSession, SessionChange, SessionRecord, Subject } from '@statecraft/auth-core';
import { deriveSessionId, mintSessionToken, mintSuccessorToken } from '@statecraft/auth-core/store';
import { HOUR } from './manual-clock.ts';

/**
 * Has a field that no strategy knows, because a store must keep that, too; and the binding of a device, because every
 * method must keep that.
 */
const DETAILS = makeDetails({ kty: 'EC', crv: 'P-256', x: 'x'.repeat(43), y: 'y'.repeat(43) });
/** A key of 4,096 bits: the longest that a strategy accepts. */
const LONG_KEY = { kty: 'RSA', n: 'n'.repeat(683), e: 'AQAB' };

function makeDetails(key: object, challenge = 'c'.repeat(22)): string {
  const [current, previous, presented] = ['1', '2', '3'].map((digit) => ({
    hash: digit.repeat(43),
    expiresAt: 1_800_000_000_000,
  }));
  return JSON.stringify({
    device: { browser: 'a browser' },
    binding: {
      id: 'i'.repeat(22),
      key,
      challenge,
      challengeExpiresAt: 1_800_000_000_000,
      current,
      previous,
      presented,
    },
    fieldOfALaterVersion: [1, 2],
  });
}

export function makeSubject(userId: string, more: Partial<Subject> = {}): Subject {
  return { userId, username: 'Ada Lovelace', roles: ['reader', 'writer'], ...more };
}

/** A session of this user, or an anonymous one, of one hour idle and twelve in all, from now on. */
export function newSession(clock: Clock, userId?: string, more: Partial<NewSession> = {}): NewSession {
  const now = clock();
  return {
    id: requireId(mintSessionToken(userId)),
    subject: userId === undefined ? undefined : makeSubject(userId),
    data: '{"cart":["tea"]}',
    details: DETAILS,
    createdAt: now,
    idleExpiresAt: now + HOUR,
    absoluteExpiresAt: now + 12 * HOUR,
    ...more,
  };
}

/** A user id that no other session has. */
export function makeUserId(clock: Clock): string {
  return newSession(clock).id;
}

/** An id to which a session may be rotated. */
export function makeSuccessorId(id: string): string {
  return requireId(mintSuccessorToken(id));
}

export function requireId(token: string): string {
  const id = deriveSessionId(token);
  if (id === undefined) throw new Error('The text is no session token.');
  return id;
}

/** A write over `version` that leaves the session an hour and its details as they are. */
export function makeChange(
  { clock }: { readonly clock: Clock },
  version: number,
  data = '{"cart":["tea","milk"]}',
): Omit<SessionChange, 'details'> {
  return { version, data, idleExpiresAt: clock() + HOUR };
}

/** What replaceDetails writes over the details of a session that was just created. */
export function makeDetailsChange({ details }: NewSession, challenge = 'd'.repeat(22)): DetailsChange {
  return { from: details, to: makeDetails(LONG_KEY, challenge) };
}

/** The record of a session that was just created. */
export function toFirstRecord(session: NewSession): SessionRecord {
  return { ...session, version: 1 };
}

/** A record as plain fields, so that two of them compare by value whatever their prototypes. */
export function pickFields(record: SessionRecord | undefined): SessionRecord | undefined {
  if (record === undefined) return undefined;
  const { id, subject, data, details, version, createdAt, idleExpiresAt, absoluteExpiresAt } = record;
  const fields = { id, data, details, version, createdAt, idleExpiresAt, absoluteExpiresAt };
  if (subject === undefined) return { ...fields, subject };
  const { userId, username, roles } = subject;
  return { ...fields, subject: { userId, username, roles: [...roles] } };
}
