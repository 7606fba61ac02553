// The two names of a session: the token that its user holds, and the id under which a store keeps it.
//
//   token = partition (16 characters) + 32 random bytes (43 characters), base64url   ── only in the user's cookie
//   id    = partition (16 characters) + SHA-256 of the token (43 characters)         ── all that a store ever sees
//
// The partition is the same for all sessions of a user, so that a store can keep them at one place (one key in Redis:
// docs/decisions/0002). It names the place and proves nothing; the 256 random bits do (ASVS 7.2.3, 11.5.1).

import { hash, randomBytes } from 'node:crypto';

export const PARTITION_LENGTH = 16;
/** Of a token, and of an id. */
const TOKEN_LENGTH = 59;
/** Looking for what may not be there is quicker than matching what may: nothing is remembered of a match. */
const FOREIGN = /[^A-Za-z0-9_-]/;
/** The last character of 32 bytes holds four bits: other texts would be a second name for the same bytes. */
const LAST = 'AEIMQUYcgkosw048';

/** 96 bits of SHA-256: the place of a user's sessions, the same on every server, from which no user id can be read. */
export function partitionOf(userId: string): string {
  return hash('sha256', `statecraft:partition:${userId}`, 'base64url').slice(0, PARTITION_LENGTH);
}

/** A new token for a user's session; without a user, in a partition of its own. */
export function mintSessionToken(userId: string | undefined): string {
  const partition = userId === undefined ? randomBytes(12).toString('base64url') : partitionOf(userId);
  return partition + randomBytes(32).toString('base64url');
}

/** A new token in the place of an existing session: what rotate needs. */
export function mintSuccessorToken(id: string): string {
  return id.slice(0, PARTITION_LENGTH) + randomBytes(32).toString('base64url');
}

/** The id of a token, or undefined when the text cannot be one of ours: no store is asked then. */
export function sessionIdOf(token: string): string | undefined {
  if (token.length !== TOKEN_LENGTH || FOREIGN.test(token)) return undefined;
  return token.slice(0, PARTITION_LENGTH) + hash('sha256', token, 'base64url');
}

/** The id for a token that another library made (any text): in a partition of its own. */
export function sessionIdOfForeign(token: string): string {
  const digest = hash('sha256', token, 'base64url');
  return digest.slice(0, PARTITION_LENGTH) + digest;
}

/** Whether a store may keep a session of this user under this id. */
export function isSessionId(id: string, userId: string | undefined): boolean {
  if (id.length !== TOKEN_LENGTH || FOREIGN.test(id) || !LAST.includes(id.charAt(TOKEN_LENGTH - 1))) return false;
  return userId === undefined || id.startsWith(partitionOf(userId));
}
