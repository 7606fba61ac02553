// bcrypt on libuv's threads.
//
//   password ── HMAC-SHA-256, base64 (44 characters) ──> bcrypt ──> "v1" + "$2b$12$…"
//
// bcrypt reads only 72 bytes, and repeats a shorter key with a NUL between, so `secret` and `secret\0secret` give one
// hash (some implementations even stop at the NUL). With the digest in front, every byte of the password counts.

import { createHmac } from 'node:crypto';
import { hash as bcryptHash, verify as bcryptVerify } from '@node-rs/bcrypt';
import type { PasswordHash } from './password-hash.ts';

export const BCRYPT_COST = { min: 4, max: 15 } as const;

/** Says that the digest is in front. A plain bcrypt hash begins with `$2b$`. */
const MARK = 'v1';
// Not a secret. It makes these digests differ from plain SHA-256 values of passwords, so leaked lists of such values
// cannot be tried against the hashes directly.
const DOMAIN = 'statecraft/password/v1';
const FORM = /^v1\$2b\$(\d\d)\$[./A-Za-z\d]{53}$/;
/** What Blowfish takes for its tables, about. */
const MEMORY_BYTES = 4096;

/** @param cost log2 of the rounds: one more doubles the time */
export function createBcrypt(cost: number): PasswordHash {
  const prefix = `${MARK}$2b$${String(cost).padStart(2, '0')}$`;
  // Made without hashing. To find a password for its all-zero digest would take a preimage.
  const dummy = `${prefix}${'.'.repeat(53)}`;
  return {
    prefix,
    memoryBytes: MEMORY_BYTES,

    hash: async (password) => MARK + (await bcryptHash(digestPassword(password), { cost })),

    async verify(password, stored) {
      const matches = await bcryptVerify(digestPassword(password), (stored ?? dummy).slice(MARK.length));
      return stored !== undefined && matches;
    },
  };
}

/** Returns the kind of a stored hash; undefined if it is not bcrypt or cannot be read. */
export function readBcrypt(stored: string): PasswordHash | undefined {
  const cost = Number(FORM.exec(stored)?.[1]);
  return cost >= BCRYPT_COST.min && cost <= BCRYPT_COST.max ? createBcrypt(cost) : undefined;
}

const digestPassword = (password: string): string =>
  createHmac('sha256', DOMAIN).update(password, 'utf8').digest('base64');
