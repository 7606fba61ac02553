// How one session stands in Redis: a field of its user's hash.
//
//   key    prefix + partition (16 characters)          field   the digest (43 characters)
//   value  byte  0      format, 1
//          bytes 1-6    idle expiry, ms                 7-12    absolute expiry, ms
//          bytes 13-18  creation, ms                    19-22   version
//          bytes 23-25  0 without a user, else 1 + the bytes of the user id
//          then the user id and the data, both UTF-8, to the letter
//
// The former field of a session that was rotated a moment ago holds 50 bytes: 2, the ms until when it says so (6 bytes),
// and the new field. It reads as nothing; destroy follows it.
//
// Integers are unsigned and big-endian; scripts.ts reads the same layout. 26 bytes stand before the data, so a read
// learns version and expiries without a second parse. Sizes and rivals: docs/decisions/0002-one-hash-per-user.md.

import type { NewSession, SessionRecord } from '../../contracts/store.ts';
import { AuthError } from '../../errors.ts';
import { PARTITION_LENGTH } from '../../session-token.ts';
import { storeUnavailable } from './failure.ts';

const FORMAT = 1;
const MOVED = 2;
const MOVED_BYTES = 50;
const HEADER_BYTES = 26;
/** 48 bits of ms: the year 10889. */
export const LATEST = 2 ** 48 - 1;
const LONGEST_USER_ID = 2 ** 24 - 2;

export const fieldOfId = (id: string): string => id.slice(PARTITION_LENGTH);

/** @throws ERR_OPTION_INVALID for a time that is no whole ms of 48 bits, and for text that UTF-8 would change. */
export function encodeRecord(session: NewSession, version: number): Buffer {
  const { userId, data } = session;
  const userBytes = userId === undefined ? 0 : Buffer.byteLength(userId);
  if (userBytes > LONGEST_USER_ID) throw new AuthError('ERR_SESSION_ID_INVALID', 'The user id is too long.');
  const bytes = Buffer.allocUnsafe(HEADER_BYTES + userBytes + Buffer.byteLength(demandText(data)));
  bytes[0] = FORMAT;
  bytes.writeUIntBE(demandTime('idleExpiresAt', session.idleExpiresAt), 1, 6);
  bytes.writeUIntBE(demandTime('absoluteExpiresAt', session.absoluteExpiresAt), 7, 6);
  bytes.writeUIntBE(demandTime('createdAt', session.createdAt), 13, 6);
  bytes.writeUInt32BE(version, 19);
  bytes.writeUIntBE(userId === undefined ? 0 : userBytes + 1, 23, 3);
  if (userId !== undefined) bytes.write(userId, HEADER_BYTES);
  bytes.write(data, HEADER_BYTES + userBytes);
  return bytes;
}

/**
 * The session, or undefined where one was that has another id now.
 * @throws ERR_STORE_UNAVAILABLE when the bytes are neither: then nobody is signed in by them.
 */
export function decodeRecord(id: string, bytes: Buffer): SessionRecord | undefined {
  if (bytes[0] === MOVED && bytes.length === MOVED_BYTES) return undefined;
  const marker = bytes.length < HEADER_BYTES || bytes[0] !== FORMAT ? -1 : bytes.readUIntBE(23, 3);
  const userEnd = marker > 0 ? HEADER_BYTES + marker - 1 : HEADER_BYTES;
  if (marker < 0 || userEnd > bytes.length) throw storeUnavailable(new Error('A field of the hash holds no session.'));
  return {
    id,
    userId: marker === 0 ? undefined : bytes.toString('utf8', HEADER_BYTES, userEnd),
    data: bytes.toString('utf8', userEnd),
    version: bytes.readUInt32BE(19),
    createdAt: bytes.readUIntBE(13, 6),
    idleExpiresAt: bytes.readUIntBE(1, 6),
    absoluteExpiresAt: bytes.readUIntBE(7, 6),
  };
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
