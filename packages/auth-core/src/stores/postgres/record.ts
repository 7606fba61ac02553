// One session as a row, and back.

import type { Subject } from '../../contracts/principal.ts';
import type { NewSession, SessionRecord } from '../../contracts/store.ts';
import { AuthError } from '../../errors.ts';

/** The columns of a record, in this order. */
export const COLUMNS = 'id, profile, version, created_at, idle_expires_at, absolute_expires_at, details, data';

/** As pg answers them: a bigint is a text. */
export type SessionRow = [
  id: string,
  profile: string | null,
  version: number,
  createdAt: string,
  idleExpiresAt: string,
  absoluteExpiresAt: string,
  details: string,
  data: string,
];

/** `$1` to `$8` of the statements that create. @throws for what a row cannot hold */
export function encodeSession(session: NewSession): (string | number | null)[] {
  const { id, subject, details, data } = session;
  // Two user ids that UTF-8 makes equal would be one user here: they have the same partition.
  if (subject !== undefined && !isUtf8(subject.userId)) throw new AuthError('ERR_SESSION_ID_INVALID');
  return [
    id,
    subject === undefined ? null : formatUserId(subject.userId),
    subject === undefined ? null : formatProfile(subject),
    checkTime('createdAt', session.createdAt),
    checkTime('idleExpiresAt', session.idleExpiresAt),
    checkTime('absoluteExpiresAt', session.absoluteExpiresAt),
    checkText(details),
    checkText(data),
  ];
}

/** @throws ERR_SESSION_UNREADABLE */
export function decodeSession(row: SessionRow): SessionRecord {
  const [id, profile, version, createdAt, idleExpiresAt, absoluteExpiresAt, details, data] = row;
  return {
    id,
    subject: parseSubject(profile),
    data,
    details,
    version,
    createdAt: Number(createdAt),
    idleExpiresAt: Number(idleExpiresAt),
    absoluteExpiresAt: Number(absoluteExpiresAt),
  };
}

export const isExpired = ({ idleExpiresAt, absoluteExpiresAt }: SessionRecord, now: number): boolean =>
  now >= idleExpiresAt || now >= absoluteExpiresAt;

/** The whole subject: JSON.stringify escapes what PostgreSQL refuses in a text. */
export const formatProfile = ({ userId, username, roles }: Subject): string =>
  JSON.stringify([userId, username, roles]);

/** The user id for people and for comparison within a partition. PostgreSQL refuses NUL in a text. */
export const formatUserId = (userId: string): string => userId.replaceAll('\0', '\ufffd');

function parseSubject(profile: string | null): Subject | undefined {
  if (profile === null) return undefined;
  try {
    const [userId, username, roles] = JSON.parse(profile) as [string, string, string[]];
    const isSubject = typeof userId === 'string' && typeof username === 'string' && Array.isArray(roles);
    if (isSubject) return { userId, username, roles };
  } catch {
    // Not JSON, or not an array: unreadable like any other profile.
  }
  throw new AuthError('ERR_SESSION_UNREADABLE');
}

/** Whether UTF-8 keeps a text to the letter: it would replace a lone surrogate. */
export const isUtf8 = (text: string): boolean => !/\p{Surrogate}/u.test(text);

/** @throws ERR_SESSION_DATA_UNSERIALIZABLE. JSON.stringify escapes both, so its texts always pass. */
export function checkText(text: string): string {
  if (isUtf8(text) && !text.includes('\0')) return text;
  throw new AuthError('ERR_SESSION_DATA_UNSERIALIZABLE', 'The session data holds a lone surrogate or a NUL.');
}

/** @throws ERR_OPTION_INVALID */
export function checkTime(name: string, ms: number): number {
  if (Number.isSafeInteger(ms)) return ms;
  throw new AuthError('ERR_OPTION_INVALID', `${name} must be a whole number of ms since the epoch, and is ${ms}.`);
}
