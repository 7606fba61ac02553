// How one session stands in Redis: a field of its user's hash.
//
//   key    prefix + partition (16 characters)          field   the digest (32 bytes)
//   value  byte  0      format, 3
//          bytes 1-6    idle expiry, ms                 7-12    absolute expiry, ms
//          bytes 13-18  creation, ms                    19-21   version, modulo 2^24
//          byte  22     whose it is: 0          nobody's
//                                    1-127      the data says it: a JSON string whose text begins at this byte of them
//                                    128-254    the user id follows, in 0-126 bytes
//                                    255        3 bytes of length follow, then the user id
//          then the data. All text is UTF-8, to the letter.
//
// Most data name their user, and an id that stands there need not stand twice: 36 bytes of some 200.
//
// The former field of a session that was rotated a moment ago holds 39 bytes: 2, the ms until when it says so (6 bytes),
// and the new field. It reads as nothing; destroy follows it.
//
// Integers are unsigned and big-endian; scripts.ts reads and writes the same layout. Sizes and rivals:
// docs/decisions/0002-one-hash-per-user.md.

import type { NewSession, SessionRecord } from '../../contracts/store.ts';
import { AuthError } from '../../errors.ts';
import { PARTITION_LENGTH } from '../../session-token.ts';
import { storeUnavailable } from './failure.ts';

const FORMAT = 3;
const MOVED = 2;
const MOVED_BYTES = 39;
const HEADER_BYTES = 23;
const LAST_PLACE = 127;
const FIRST_LENGTH = 128;
const LONG = 255;
const QUOTE = 0x22;
/** 48 bits of ms: the year 10889. */
export const LATEST = 2 ** 48 - 1;
const LONGEST_USER_ID = 2 ** 24 - 1;

export const fieldOfId = (id: string): Buffer => Buffer.from(id.slice(PARTITION_LENGTH), 'base64url');
export const idOfField = (partition: string, field: Buffer): string => partition + field.toString('base64url');

/** @throws ERR_OPTION_INVALID for a time that is no whole ms of 48 bits, and for text that UTF-8 would change. */
export function encodeRecord(session: NewSession, version: number): Buffer {
  const { userId, data } = session;
  const text = Buffer.from(demandText(data));
  const owner = ownerOf(userId, text);
  const bytes = Buffer.allocUnsafe(HEADER_BYTES - 1 + owner.length + text.length);
  bytes[0] = FORMAT;
  bytes.writeUIntBE(demandTime('idleExpiresAt', session.idleExpiresAt), 1, 6);
  bytes.writeUIntBE(demandTime('absoluteExpiresAt', session.absoluteExpiresAt), 7, 6);
  bytes.writeUIntBE(demandTime('createdAt', session.createdAt), 13, 6);
  bytes.writeUIntBE(version, 19, 3);
  owner.copy(bytes, HEADER_BYTES - 1);
  text.copy(bytes, HEADER_BYTES - 1 + owner.length);
  return bytes;
}

/** Byte 22 and what follows it before the data. */
function ownerOf(userId: string | undefined, data: Buffer): Buffer {
  if (userId === undefined) return Buffer.from([0]);
  const id = Buffer.from(userId);
  if (id.length > LONGEST_USER_ID) throw new AuthError('ERR_SESSION_ID_INVALID', 'The user id is too long.');
  const start = data.subarray(0, LAST_PLACE + id.length + 1);
  const place = userId.includes('"') ? -1 : start.indexOf(`"${userId}"`) + 1;
  if (place > 0) return Buffer.from([place]);
  if (id.length < LONG - FIRST_LENGTH) return Buffer.concat([Buffer.from([FIRST_LENGTH + id.length]), id]);
  const length = Buffer.from([LONG, 0, 0, 0]);
  length.writeUIntBE(id.length, 1, 3);
  return Buffer.concat([length, id]);
}

/**
 * The session, or undefined where one was that has another id now.
 * @throws ERR_STORE_UNAVAILABLE when the bytes are neither: then nobody is signed in by them.
 */
export function decodeRecord(id: string, bytes: Buffer): SessionRecord | undefined {
  if (bytes[0] === MOVED && bytes.length === MOVED_BYTES) return undefined;
  const owner = bytes[0] === FORMAT ? bytes[HEADER_BYTES - 1] : undefined;
  if (owner === undefined) throw unreadable();
  const isApart = owner >= FIRST_LENGTH;
  const [idStart, idEnd] = isApart ? ownersPlace(bytes, owner) : [HEADER_BYTES, HEADER_BYTES];
  const data = bytes.toString('utf8', idEnd);
  return {
    id,
    userId: isApart ? bytes.toString('utf8', idStart, idEnd) : namedIn(data, owner, bytes),
    data,
    version: bytes.readUIntBE(19, 3),
    createdAt: bytes.readUIntBE(13, 6),
    idleExpiresAt: bytes.readUIntBE(1, 6),
    absoluteExpiresAt: bytes.readUIntBE(7, 6),
  };
}

/** Where the user id stands that has a place of its own; the data begin where it ends. */
function ownersPlace(bytes: Buffer, owner: number): [start: number, end: number] {
  const isLong = owner === LONG;
  if (isLong && bytes.length < HEADER_BYTES + 3) throw unreadable();
  const start = isLong ? HEADER_BYTES + 3 : HEADER_BYTES;
  const end = start + (isLong ? bytes.readUIntBE(HEADER_BYTES, 3) : owner - FIRST_LENGTH);
  if (end > bytes.length) throw unreadable();
  return [start, end];
}

/** The user id that the data name at this byte of them; at 0 they name nobody. */
function namedIn(data: string, place: number, bytes: Buffer): string | undefined {
  if (place === 0) return undefined;
  // Where every character is a byte, the id is a part of the text that is there already.
  const isAscii = data.length === bytes.length - HEADER_BYTES;
  const start = isAscii ? place : HEADER_BYTES + place;
  const end = isAscii ? data.indexOf('"', start) : bytes.indexOf(QUOTE, start);
  if (end < 0) throw unreadable();
  return isAscii ? data.slice(start, end) : bytes.toString('utf8', start, end);
}

function unreadable(): AuthError {
  return storeUnavailable(new Error('A field of the hash holds no session.'));
}

export function expiredAt(session: SessionRecord, now: number): boolean {
  return now >= session.idleExpiresAt || now >= session.absoluteExpiresAt;
}

export function demandTime(name: string, ms: number): number {
  if (Number.isSafeInteger(ms) && ms >= 0 && ms <= LATEST) return ms;
  throw new AuthError('ERR_OPTION_INVALID', `${name} must be a whole number of ms since the epoch, and is ${ms}.`);
}

/** Whether UTF-8 keeps a text to the letter: it would replace a lone surrogate. */
export const isKept = (text: string): boolean => !/\p{Surrogate}/u.test(text);

/** @throws ERR_SESSION_DATA_UNSERIALIZABLE; never for what JSON.stringify made, which escapes lone surrogates. */
export function demandText(data: string): string {
  if (isKept(data)) return data;
  throw new AuthError('ERR_SESSION_DATA_UNSERIALIZABLE', 'The session data holds a lone surrogate.');
}
