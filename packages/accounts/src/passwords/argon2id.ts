// argon2id by Node's own crypto (RFC 9106), on libuv's threads. A stored hash is a PHC string:
//
//   $argon2id$v=19$m=19456,t=2,p=1$<salt>$<tag>     m: memory in KiB, t: passes, p: lanes; base64 without padding

import { type Argon2Parameters, argon2, randomBytes, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';
import type { PasswordHash } from './password-hash.ts';

export interface Argon2idParameters {
  /** Memory of one hash, KiB, at least 8. */
  readonly memoryKib: number;
  /** How often the memory is filled, at least 1. */
  readonly passes: number;
  /** Lanes. Ours have one: a server has more sign-ins than cores. */
  readonly lanes?: number;
}

/** Largest parameters of a stored hash that are computed. Larger ones would block sign-ins, so they are unreadable. */
export const ARGON2ID_MAX = { memoryKib: 1_048_576, passes: 100, lanes: 16 } as const;

const SALT_BYTES = 16;
const TAG_BYTES = 32;
const FORM = /^\$argon2id\$v=19\$m=(\d{1,7}),t=(\d{1,3}),p=(\d{1,2})\$([A-Za-z\d+/]{11,86})\$([A-Za-z\d+/]{22,86})$/;

const compute = promisify((parameters: Argon2Parameters, done: (error: Error | null, tag: Buffer) => void): void =>
  argon2('argon2id', parameters, done),
);

export function createArgon2id({ memoryKib, passes, lanes = 1 }: Argon2idParameters): PasswordHash {
  const prefix = `$argon2id$v=19$m=${memoryKib},t=${passes},p=${lanes}$`;

  const computeTag = (message: string, nonce: Buffer, tagLength: number) =>
    compute({ message, nonce, parallelism: lanes, tagLength, memory: memoryKib, passes });

  return {
    prefix,
    memoryBytes: memoryKib * 1024,

    async hash(password) {
      const salt = randomBytes(SALT_BYTES);
      const tag = await computeTag(password, salt, TAG_BYTES);
      return `${prefix}${encode(salt)}$${encode(tag)}`;
    },

    async verify(password, stored) {
      const [salt = '', tag = ''] = stored?.slice(prefix.length).split('$') ?? [];
      const expected = Buffer.from(tag, 'base64');
      const nonce = stored === undefined ? Buffer.alloc(SALT_BYTES) : Buffer.from(salt, 'base64');
      const actual = await computeTag(password, nonce, stored === undefined ? TAG_BYTES : expected.length);
      return stored !== undefined && timingSafeEqual(actual, expected);
    },
  };
}

/** Returns the kind of a stored hash; undefined if it is not argon2id or cannot be read. */
export function readArgon2id(stored: string): PasswordHash | undefined {
  const [memoryKib = 0, passes = 0, lanes = 0] = FORM.exec(stored)?.slice(1, 4).map(Number) ?? [];
  const isPossible = passes >= 1 && lanes >= 1 && memoryKib >= 8 * lanes;
  const isBounded = memoryKib <= ARGON2ID_MAX.memoryKib && passes <= ARGON2ID_MAX.passes && lanes <= ARGON2ID_MAX.lanes;
  return isPossible && isBounded ? createArgon2id({ memoryKib, passes, lanes }) : undefined;
}

const encode = (bytes: Buffer): string => bytes.toString('base64').replace(/=+$/, '');
