// The row of a session, and the record that it becomes.
//
// `user` is the JSON text of the user id and `profile` that of [username, roles]; both are null for an anonymous
// session. JSON escapes what SQLite cannot keep in a text (lone surrogates), so any user id is kept to the letter and
// found again by comparing texts. Details and data are kept as they are.

import type { Subject } from '../../contracts/principal.ts';
import type { NewSession, SessionRecord } from '../../contracts/store.ts';
import { AuthError } from '../../errors.ts';

/** Of a row. A row of another format is unreadable. */
export const FORMAT = 1;

/** A row as the reader selects it. Times in ms since the epoch. */
export interface SessionRow {
  readonly id: string;
  readonly format: number;
  readonly user: string | null;
  readonly profile: string | null;
  readonly details: string;
  readonly data: string;
  readonly version: number;
  readonly created_at: number;
  readonly idle_expires_at: number;
  readonly absolute_expires_at: number;
}

/**
 * The row of a new session.
 * @throws ERR_OPTION_INVALID for a time that is not a whole number of ms; ERR_SESSION_DATA_UNSERIALIZABLE for a text
 * that SQLite would change
 */
export function encodeRow(session: NewSession): SessionRow {
  const { id, subject, details, data } = session;
  return {
    id,
    format: FORMAT,
    user: subject === undefined ? null : encodeUserId(subject.userId),
    profile: subject === undefined ? null : encodeProfile(subject),
    details: checkText(details),
    data: checkText(data),
    version: 1,
    created_at: checkTime('createdAt', session.createdAt),
    idle_expires_at: checkTime('idleExpiresAt', session.idleExpiresAt),
    absolute_expires_at: checkTime('absoluteExpiresAt', session.absoluteExpiresAt),
  };
}

/**
 * @throws ERR_SESSION_UNREADABLE for a row of another format, or whose subject is damaged: it never becomes a sign-in
 */
export function decodeRow(row: SessionRow): SessionRecord {
  return {
    id: row.id,
    subject: decodeSubject(row),
    data: row.data,
    details: row.details,
    version: row.version,
    createdAt: row.created_at,
    idleExpiresAt: row.idle_expires_at,
    absoluteExpiresAt: row.absolute_expires_at,
  };
}

/** By its times, which mean the same in every format. */
export function isExpired(row: SessionRow, now: number): boolean {
  return now >= row.idle_expires_at || now >= row.absolute_expires_at;
}

export const encodeUserId = (userId: string): string => JSON.stringify(userId);
export const encodeProfile = ({ username, roles }: Subject): string => JSON.stringify([username, roles]);

function decodeSubject({ format, user, profile }: SessionRow): Subject | undefined {
  if (format === FORMAT && user === null && profile === null) return undefined;
  try {
    const userId: unknown = JSON.parse(user ?? '');
    const [username, roles] = JSON.parse(profile ?? '') as [string, string[]];
    const isSubject = typeof userId === 'string' && typeof username === 'string' && Array.isArray(roles);
    if (format === FORMAT && isSubject) return { userId, username, roles };
  } catch {
    // Not JSON, or not an array: unreadable like any other subject.
  }
  throw new AuthError('ERR_SESSION_UNREADABLE');
}

/** @throws ERR_OPTION_INVALID */
export function checkTime(name: string, ms: number): number {
  if (Number.isSafeInteger(ms)) return ms;
  throw new AuthError('ERR_OPTION_INVALID', `${name} must be a whole number of ms since the epoch, and is ${ms}.`);
}

/**
 * SQLite keeps texts as UTF-8, which has no lone surrogates. JSON.stringify escapes them, so its texts always pass.
 * @throws ERR_SESSION_DATA_UNSERIALIZABLE
 */
export function checkText(text: string): string {
  if (isWellFormed(text)) return text;
  throw new AuthError('ERR_SESSION_DATA_UNSERIALIZABLE', 'The session data holds a lone surrogate.');
}

const isWellFormed = (text: string): boolean => !/\p{Surrogate}/u.test(text);
