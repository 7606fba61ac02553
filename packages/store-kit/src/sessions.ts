// The sessions that checks put into a store.

import type { Clock, NewSession, SessionChange, SessionRecord, Subject } from '@statecraft/auth-core';
import { deriveSessionId, mintSessionToken, mintSuccessorToken } from '@statecraft/auth-core/store';
import { HOUR } from './manual-clock.ts';

/** Has a field that no strategy knows, because a store must keep that, too. */
const DETAILS = '{"device":{"browser":"a browser"},"fieldOfALaterVersion":[1, 2]}';

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
