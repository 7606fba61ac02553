// The two names of a session: the token that its user holds, and the id under which a store keeps it.
//
//   token = partition (16 characters) + 32 random bytes (43 characters), base64url   ── only in the user's cookie
//   id    = partition (16 characters) + SHA-256 of the token (43 characters)         ── all that a store gets
//
// All sessions of a user have the same partition, so that a store can keep them in one place (one key in Redis:
// docs/decisions/0002). The partition proves nothing; the 256 random bits do (ASVS 7.2.3, 11.5.1).

import { hash, randomBytes } from 'node:crypto';

/** Characters. */
export const PARTITION_LENGTH = 16;
/** Characters of a token, and of an id. */
const TOKEN_LENGTH = 59;
const NOT_BASE64URL = /[^A-Za-z0-9_-]/;
/** The last character of 32 bytes holds four bits: any other character would be a second name for the same bytes. */
const LAST_CHARACTERS = 'AEIMQUYcgkosw048';

/**
 * The partition of a user's sessions, the same on every server: 96 bits of SHA-256, which do not reveal the user id.
 */
export function derivePartition(userId: string): string {
  return hash('sha256', `statecraft:partition:${userId}`, 'base64url').slice(0, PARTITION_LENGTH);
}

/** A new token for a session of this user. An anonymous session gets a random partition. */
export function mintSessionToken(userId: string | undefined): string {
  const partition = userId === undefined ? randomBytes(12).toString('base64url') : derivePartition(userId);
  return partition + randomBytes(32).toString('base64url');
}

/** A new token in the partition of an existing session id, for rotate. */
export function mintSuccessorToken(id: string): string {
  return id.slice(0, PARTITION_LENGTH) + randomBytes(32).toString('base64url');
}

/** The id of a token. Undefined when the text has not the form of a token: then no store needs to be asked. */
export function deriveSessionId(token: string): string | undefined {
  if (token.length !== TOKEN_LENGTH || NOT_BASE64URL.test(token)) return undefined;
  return token.slice(0, PARTITION_LENGTH) + hash('sha256', token, 'base64url');
}

/** The id for a token that another library made (any text), in a partition of its own. */
export function deriveForeignSessionId(token: string): string {
  const digest = hash('sha256', token, 'base64url');
  return digest.slice(0, PARTITION_LENGTH) + digest;
}

/** Whether a store may keep a session of this user under this id. With `undefined`: whether it is an id at all. */
export function isSessionId(id: string, userId: string | undefined): boolean {
  if (id.length !== TOKEN_LENGTH || NOT_BASE64URL.test(id)) return false;
  if (!LAST_CHARACTERS.includes(id.charAt(TOKEN_LENGTH - 1))) return false;
  return userId === undefined || id.startsWith(derivePartition(userId));
}
