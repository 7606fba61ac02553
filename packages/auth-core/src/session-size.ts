// How many bytes one user's sessions may take. A store limits the sessions of a user (maxSessionsPerUser) and their
// bytes together (maxBytesPerUser). Each session may take an equal share, so a write is judged by its own session
// alone: no sum of the others is read or kept, and no session is refused because of another one.

import { AuthError } from './errors.ts';

/** The two limits of a store for each user. */
export interface UserLimits {
  /** Sessions of one user. */
  readonly maxSessionsPerUser: number;
  /** bytes of data and details of all sessions of one user, in UTF-8. */
  readonly maxBytesPerUser: number;
}

/** bytes; with 100 sessions, each may hold 64 KiB of data and as much of details. */
export const DEFAULT_MAX_BYTES_PER_USER = 16 * 1024 ** 2;

/** bytes; a smaller share would refuse the details that a device needs. */
const MIN_SHARE = 4_096;

/**
 * The bytes that data and details of one session may take together: a user's equal share.
 * @throws ERR_OPTION_INVALID for a limit that is no whole number above 0, and for a share below 4,096 bytes
 */
export function computeMaxSessionBytes({ maxSessionsPerUser, maxBytesPerUser }: UserLimits): number {
  for (const [name, value] of Object.entries({ maxSessionsPerUser, maxBytesPerUser })) {
    if (Number.isSafeInteger(value) && value > 0) continue;
    throw new AuthError('ERR_OPTION_INVALID', `${name} must be a whole number above 0, and is ${value}.`);
  }
  const share = Math.floor(maxBytesPerUser / maxSessionsPerUser);
  if (share >= MIN_SHARE) return share;
  throw new AuthError(
    'ERR_OPTION_INVALID',
    `maxBytesPerUser must be at least ${MIN_SHARE} bytes for each of maxSessionsPerUser: ` +
      `${MIN_SHARE * maxSessionsPerUser}, and is ${maxBytesPerUser}.`,
  );
}

/** @throws ERR_SESSION_DATA_TOO_LARGE when data and details take more than `maxBytes` together, in UTF-8 */
export function checkSessionBytes({ data, details }: { data: string; details: string }, maxBytes: number): void {
  // UTF-8 takes at most three bytes for a UTF-16 unit: most sessions need no counting.
  if ((data.length + details.length) * 3 <= maxBytes) return;
  if (Buffer.byteLength(data) + Buffer.byteLength(details) > maxBytes) throw createTooLargeError(maxBytes);
}

/** The error of a session that takes more than its share. */
export function createTooLargeError(maxBytes: number): AuthError {
  return new AuthError(
    'ERR_SESSION_DATA_TOO_LARGE',
    `The session data is too large. A session may take ${maxBytes} bytes.`,
  );
}
