// Hashes and verifies passwords: bcrypt on libuv's threads, behind a bounded queue, never on the event loop.
//
//   password ── HMAC-SHA-256, base64 (44 characters) ──> bcrypt ──> "v1" + "$2b$10$…"
//
// bcrypt reads only 72 bytes, and repeats a shorter key with a NUL between, so `secret` and `secret\0secret` give one
// hash (some implementations even stop at the NUL). With the digest in front, every byte of the password counts.

import { createHmac } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { hash as bcryptHash, verify as bcryptVerify, parseOptions } from '@node-rs/bcrypt';
import { AccountsError } from '../errors.ts';
import { createHashingQueue, type Turn } from './hashing-queue.ts';
import { canBePassword } from './password-rules.ts';

export interface PasswordsOptions {
  /** log2 of bcrypt's rounds, 10 to 15; one more doubles the time. Default 12 (about 200 ms on a server of 2026). */
  readonly cost?: number;
  /** Allows a cost from 4: for tests and the lab, whose report names it. Default false. */
  readonly allowLowCost?: boolean;
  /** Concurrent hashes; always fewer than libuv's threads. Default: cores less one, at most threads less two. */
  readonly concurrency?: number;
  /** Hashes that may wait; beyond it ERR_PASSWORD_QUEUE_FULL. Default 64. */
  readonly maxQueue?: number;
  /** Threads in libuv's pool: 4, unless UV_THREADPOOL_SIZE was set before the process started. */
  readonly poolSize?: number;
}

export const PASSWORDS_DEFAULTS = { cost: 12, allowLowCost: false, maxQueue: 64 } as const;

export interface PasswordsStats {
  /** Hashes and comparisons that run now. */
  readonly running: number;
  /** Hashes and comparisons that wait now. */
  readonly waiting: number;
  /** Since the start: hashes made, comparisons made, requests refused because the queue was full. */
  readonly hashed: number;
  readonly compared: number;
  readonly refused: number;
}

export interface Passwords {
  readonly cost: number;
  /** Returns the hash to store. `turn`: its place in the queue. @throws ERR_PASSWORD_QUEUE_FULL */
  hash(password: string, turn?: Turn): Promise<string>;
  /**
   * Compares a password with a stored hash. With `undefined` (an unknown user) it compares with a hash that no password
   * matches, at the same cost, so an unknown user takes as long as a wrong password. `rehashDue`: the password matches,
   * but the hash has another cost.
   * @throws ERR_PASSWORD_QUEUE_FULL, ERR_PASSWORD_HASH_UNREADABLE
   */
  verify(
    password: string,
    hash: string | undefined,
    turn?: Turn,
  ): Promise<{ readonly ok: boolean; readonly rehashDue: boolean }>;
  stats(): PasswordsStats;
}

/** The format of a stored hash. A later format gets its own prefix, and both are readable. */
const PREFIX = 'v1';
// Not a secret. It makes these digests differ from plain SHA-256 values of passwords, so leaked lists of such values
// cannot be tried against the hashes directly.
const DOMAIN = 'statecraft/password/v1';

const digestPassword = (password: string): string =>
  createHmac('sha256', DOMAIN).update(password, 'utf8').digest('base64');

export function createPasswords(options: PasswordsOptions = {}): Passwords {
  const { maxQueue = PASSWORDS_DEFAULTS.maxQueue, poolSize = readPoolSize() } = options;
  const cost = checkCost(options);
  const concurrency = chooseConcurrency(options.concurrency, poolSize);
  check(Number.isSafeInteger(maxQueue) && maxQueue >= 0, 'maxQueue must be a whole number of at least 0.');
  const queue = createHashingQueue({ concurrency, maxQueue, clock: () => performance.now() });
  const dummy = makeDummyHash(cost);
  let hashed = 0;
  let compared = 0;

  return {
    cost,

    hash(password, turn) {
      return queue.run(async () => {
        hashed += 1;
        return PREFIX + (await bcryptHash(digestPassword(password), { cost }));
      }, turn);
    },

    async verify(password, stored, turn) {
      const known = stored === undefined ? undefined : parseHash(stored);
      const matched = await queue.run(() => {
        compared += 1;
        return bcryptVerify(digestPassword(password), known?.bcrypt ?? dummy);
      }, turn);
      const ok = matched && known !== undefined && canBePassword(password);
      return { ok, rehashDue: ok && known.cost !== cost };
    },

    stats: () => ({
      running: queue.running,
      waiting: queue.waiting,
      hashed,
      compared,
      refused: queue.refused,
    }),
  };
}

function checkCost(options: PasswordsOptions): number {
  const { cost, allowLowCost } = { ...PASSWORDS_DEFAULTS, ...options };
  const least = allowLowCost ? 4 : 10;
  const hint = allowLowCost ? '' : ' A lower cost (from 4) needs allowLowCost, and is for tests and the lab only.';
  check(Number.isInteger(cost) && cost >= least && cost <= 15, `cost must be a whole number, ${least} to 15.${hint}`);
  return cost;
}

function chooseConcurrency(asked: number | undefined, poolSize: number): number {
  check(poolSize >= 2, 'Hashing needs UV_THREADPOOL_SIZE of 2 or more: one thread stays free for files and DNS.');
  const concurrency = asked ?? Math.max(1, Math.min(availableParallelism() - 1, poolSize - 2));
  const fits = Number.isInteger(concurrency) && concurrency >= 1 && concurrency < poolSize;
  check(fits, `concurrency must be a whole number, 1 to ${poolSize - 1}: less than libuv's ${poolSize} threads.`);
  return concurrency;
}

/** Reads the variable as libuv does when the pool starts: 1 to 1024, and 4 without the variable. */
function readPoolSize(): number {
  const asked = Number.parseInt(process.env.UV_THREADPOOL_SIZE ?? '4', 10);
  return Math.min(Math.max(Number.isNaN(asked) ? 1 : asked, 1), 1024);
}

/** Makes a well-formed hash without hashing. To find a password for its all-zero digest would take a preimage. */
function makeDummyHash(cost: number): string {
  return `$2b$${String(cost).padStart(2, '0')}$${'.'.repeat(53)}`;
}

function parseHash(stored: string): { bcrypt: string; cost: number } {
  if (!stored.startsWith(`${PREFIX}$`)) throw new AccountsError('ERR_PASSWORD_HASH_UNREADABLE');
  const bcrypt = stored.slice(PREFIX.length);
  try {
    return { bcrypt, cost: parseOptions(bcrypt).cost };
  } catch (cause) {
    throw new AccountsError('ERR_PASSWORD_HASH_UNREADABLE', { cause });
  }
}

function check(isValid: boolean, detail: string): void {
  if (!isValid) throw new AccountsError('ERR_ACCOUNTS_OPTION_INVALID', { detail });
}
