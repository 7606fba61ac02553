// The bytes of one session in Redis: the value of a field in its user's hash.
//
//   key    prefix + partition (16 characters)          field   the rest of the id (43 characters)
//   value  byte  0      format, 4
//          bytes 1-6    idle expiry, ms                 7-12    absolute expiry, ms
//          bytes 13-18  creation, ms                    19-21   version, modulo 2^24
//          bytes 22-33  four lengths of 3 bytes each: user id, profile, details, data
//          bytes 34-    the four texts in UTF-8, in the same order
//
// The profile is the JSON text of [username, roles]; an anonymous session has an empty one. The user id is beside
// it, so that scripts.ts compares user ids to the byte and parses no JSON. Details and data are kept to the letter. The
// lengths must add up to the value's own: a record that was cut short is unreadable, and so is one of another format.
//
// After a rotate the old field holds a forward for a minute, 50 bytes: 2, the ms at which it ends (6 bytes), and the
// new field. It reads as no session; only destroy follows it.
//
// Integers are unsigned and big-endian; scripts.ts reads and writes the same layout. Sizes and alternatives:
// docs/decisions/0002-one-hash-per-user.md.

import type { Subject } from '../../contracts/principal.ts';
import type { NewSession, SessionRecord } from '../../contracts/store.ts';
import { AuthError } from '../../errors.ts';
import { PARTITION_LENGTH } from '../../session-token.ts';

const FORMAT = 4;
const FORWARD = 2;
const FORWARD_BYTES = 50;
const HEADER_BYTES = 34;
const LENGTHS_START = 22;
const MAX_TEXT_BYTES = 2 ** 24 - 1;
/** 48 bits of ms: the year 10889. */
export const MAX_TIME = 2 ** 48 - 1;

export const readField = (id: string): string => id.slice(PARTITION_LENGTH);

/**
 * @throws ERR_OPTION_INVALID for a time that is not a whole number of ms in 48 bits; ERR_SESSION_ID_INVALID,
 * ERR_SESSION_DATA_UNSERIALIZABLE or ERR_SESSION_DATA_TOO_LARGE for a text that the record cannot hold
 */
export function encodeRecord(session: NewSession, version: number): Buffer {
  const { subject } = session;
  const texts = [
    encodeUserId(subject?.userId ?? ''),
    encodeText(subject === undefined ? '' : formatProfile(subject)),
    encodeText(session.details),
    encodeText(session.data),
  ];
  const header = Buffer.allocUnsafe(HEADER_BYTES);
  header[0] = FORMAT;
  header.writeUIntBE(checkTime('idleExpiresAt', session.idleExpiresAt), 1, 6);
  header.writeUIntBE(checkTime('absoluteExpiresAt', session.absoluteExpiresAt), 7, 6);
  header.writeUIntBE(checkTime('createdAt', session.createdAt), 13, 6);
  header.writeUIntBE(version, 19, 3);
  for (const [index, text] of texts.entries()) header.writeUIntBE(text.length, LENGTHS_START + 3 * index, 3);
  return Buffer.concat([header, ...texts]);
}

/**
 * The session, or undefined for a forward.
 * @throws ERR_SESSION_UNREADABLE for any other bytes: they never become a sign-in
 */
export function decodeRecord(id: string, bytes: Buffer): SessionRecord | undefined {
  if (bytes[0] === FORWARD && bytes.length === FORWARD_BYTES) return undefined;
  if (bytes[0] !== FORMAT || bytes.length < HEADER_BYTES) throw new AuthError('ERR_SESSION_UNREADABLE');
  const profileStart = HEADER_BYTES + bytes.readUIntBE(LENGTHS_START, 3);
  const detailsStart = profileStart + bytes.readUIntBE(LENGTHS_START + 3, 3);
  const dataStart = detailsStart + bytes.readUIntBE(LENGTHS_START + 6, 3);
  const end = dataStart + bytes.readUIntBE(LENGTHS_START + 9, 3);
  if (end !== bytes.length) throw new AuthError('ERR_SESSION_UNREADABLE');
  const userId = bytes.toString('utf8', HEADER_BYTES, profileStart);
  return {
    id,
    subject: parseSubject(userId, bytes.toString('utf8', profileStart, detailsStart)),
    data: bytes.toString('utf8', dataStart, end),
    details: bytes.toString('utf8', detailsStart, dataStart),
    version: bytes.readUIntBE(19, 3),
    createdAt: bytes.readUIntBE(13, 6),
    idleExpiresAt: bytes.readUIntBE(1, 6),
    absoluteExpiresAt: bytes.readUIntBE(7, 6),
  };
}

export function isExpired(session: SessionRecord, now: number): boolean {
  return now >= session.idleExpiresAt || now >= session.absoluteExpiresAt;
}

/** What a record holds of a subject beside the user id. */
export function formatProfile({ username, roles }: Subject): string {
  return JSON.stringify([username, roles]);
}

/** @throws ERR_SESSION_UNREADABLE */
function parseSubject(userId: string, profile: string): Subject | undefined {
  if (profile === '') return undefined;
  try {
    const [username, roles] = JSON.parse(profile) as [string, string[]];
    if (typeof username === 'string' && Array.isArray(roles)) return { userId, username, roles };
  } catch {
    // Not JSON, or not an array: unreadable like any other profile.
  }
  throw new AuthError('ERR_SESSION_UNREADABLE');
}

/** @throws ERR_OPTION_INVALID */
export function checkTime(name: string, ms: number): number {
  if (Number.isSafeInteger(ms) && ms >= 0 && ms <= MAX_TIME) return ms;
  throw new AuthError('ERR_OPTION_INVALID', `${name} must be a whole number of ms since the epoch, and is ${ms}.`);
}

/** Whether UTF-8 keeps a text to the letter: it would replace a lone surrogate. */
export const isUtf8 = (text: string): boolean => !/\p{Surrogate}/u.test(text);

function encodeUserId(userId: string): Buffer {
  const bytes = Buffer.from(userId);
  if (isUtf8(userId) && bytes.length <= MAX_TEXT_BYTES) return bytes;
  throw new AuthError('ERR_SESSION_ID_INVALID', 'The user id holds a lone surrogate or is longer than 16 MiB.');
}

/**
 * A text as UTF-8. JSON.stringify escapes lone surrogates, so its texts always pass.
 * @throws ERR_SESSION_DATA_UNSERIALIZABLE for a lone surrogate; ERR_SESSION_DATA_TOO_LARGE from 16 MiB
 */
export function encodeText(text: string): Buffer {
  if (!isUtf8(text)) {
    throw new AuthError('ERR_SESSION_DATA_UNSERIALIZABLE', 'The session data holds a lone surrogate.');
  }
  const bytes = Buffer.from(text);
  if (bytes.length > MAX_TEXT_BYTES) throw new AuthError('ERR_SESSION_DATA_TOO_LARGE');
  return bytes;
}
