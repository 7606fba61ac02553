// Passwords in, hashes out: bcrypt on libuv's threads, behind a bounded line, never on the event loop.
//
//   password ── HMAC-SHA-256, base64 (44 characters) ──> bcrypt ──> "v1" + "$2b$10$…"
//
// bcrypt reads 72 bytes, and repeats a shorter key with a NUL between, so that `secret` and `secret\0secret` are one to it
// (some implementations even stop at the NUL). The digest in front makes every byte of the password count.

import { createHmac } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { hash as bcryptHash, verify as bcryptVerify, parseOptions } from '@node-rs/bcrypt';
import { AccountsError } from '../errors.ts';
import { createHashingQueue } from './hashing-queue.ts';
import { couldBePassword } from './password-rules.ts';

export interface PasswordsOptions {
  /** bcrypt's log2 of rounds, 10 to 15; one more doubles the time. Default 10 (about 50 ms on a server of 2026). */
  readonly cost?: number;
  /** Allows a cost from 4 on: for tests and the lab, which states it in its report. Default false. */
  readonly allowLowCost?: boolean;
  /** How many run at once; always less than libuv's threads. Default: the cores less one, at most the threads less two. */
  readonly concurrency?: number;
  /** How many may wait; beyond it ERR_PASSWORD_QUEUE_FULL. Default 64. */
  readonly maxQueue?: number;
  /** Threads of libuv's pool: 4 unless UV_THREADPOOL_SIZE was set before the process started. */
  readonly poolSize?: number;
}

export const PASSWORDS_DEFAULTS = { cost: 10, allowLowCost: false, maxQueue: 64 } as const;

export interface PasswordsStats {
  /** At work now. */
  readonly running: number;
  /** In line now. */
  readonly waiting: number;
  /** Since the start: hashes made, comparisons made, requests refused because the line was full. */
  readonly hashed: number;
  readonly compared: number;
  readonly refused: number;
}

export interface Passwords {
  readonly cost: number;
  /** @throws ERR_PASSWORD_QUEUE_FULL */
  hash(password: string): Promise<string>;
  /**
   * Compares. With `undefined` (nobody has this name) it compares with a hash that nothing opens, at the same cost, so
   * that an unknown user takes as long as a wrong password. `rehashDue`: it matched, but was made at another cost.
   * @throws ERR_PASSWORD_QUEUE_FULL, ERR_PASSWORD_HASH_UNREADABLE
   */
  verify(password: string, hash: string | undefined): Promise<{ readonly ok: boolean; readonly rehashDue: boolean }>;
  stats(): PasswordsStats;
}

/** The form of a stored hash. A later form gets its own prefix, and both are read side by side. */
const PREFIX = 'v1';
// Not a secret: it keeps these digests apart from every other list of SHA-256 values of passwords, which could else be
// tried against the hashes as they are.
const DOMAIN = 'statecraft/password/v1';

const digest = (password: string): string => createHmac('sha256', DOMAIN).update(password, 'utf8').digest('base64');

export function createPasswords(options: PasswordsOptions = {}): Passwords {
  const { maxQueue = PASSWORDS_DEFAULTS.maxQueue, poolSize = libuvThreads() } = options;
  const cost = checkedCost(options);
  const concurrency = checkedConcurrency(options.concurrency, poolSize);
  check(Number.isSafeInteger(maxQueue) && maxQueue >= 0, 'maxQueue must be a whole number from 0 on.');
  const queue = createHashingQueue({ concurrency, maxQueue, clock: () => performance.now() });
  const dummy = dummyHash(cost);
  let hashed = 0;
  let compared = 0;

  return {
    cost,

    hash(password) {
      return queue.run(async () => {
        hashed += 1;
        return PREFIX + (await bcryptHash(digest(password), { cost }));
      });
    },

    async verify(password, stored) {
      const known = stored === undefined ? undefined : readable(stored);
      const matched = await queue.run(() => {
        compared += 1;
        return bcryptVerify(digest(password), known?.bcrypt ?? dummy);
      });
      const ok = matched && known !== undefined && couldBePassword(password);
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

function checkedCost(options: PasswordsOptions): number {
  const { cost, allowLowCost } = { ...PASSWORDS_DEFAULTS, ...options };
  const least = allowLowCost ? 4 : 10;
  const hint = allowLowCost ? '' : ' A lower one (from 4) needs allowLowCost, and is for tests and the lab only.';
  check(Number.isInteger(cost) && cost >= least && cost <= 15, `cost must be a whole number, ${least} to 15.${hint}`);
  return cost;
}

function checkedConcurrency(asked: number | undefined, poolSize: number): number {
  check(poolSize >= 2, 'Hashing needs UV_THREADPOOL_SIZE of 2 or more: one thread stays free for files and DNS.');
  const concurrency = asked ?? Math.max(1, Math.min(availableParallelism() - 1, poolSize - 2));
  const fits = Number.isInteger(concurrency) && concurrency >= 1 && concurrency < poolSize;
  check(fits, `concurrency must be a whole number, 1 to ${poolSize - 1}: less than libuv's ${poolSize} threads.`);
  return concurrency;
}

/** As libuv reads it when the pool starts: 1 to 1024, and 4 without the variable. */
function libuvThreads(): number {
  const asked = Number.parseInt(process.env.UV_THREADPOOL_SIZE ?? '4', 10);
  return Math.min(Math.max(Number.isNaN(asked) ? 1 : asked, 1), 1024);
}

/** A well-formed hash made without hashing: finding a password for its all-zero digest would be a preimage. */
function dummyHash(cost: number): string {
  return `$2b$${String(cost).padStart(2, '0')}$${'.'.repeat(53)}`;
}

function readable(stored: string): { bcrypt: string; cost: number } {
  if (!stored.startsWith(`${PREFIX}$`)) throw new AccountsError('ERR_PASSWORD_HASH_UNREADABLE');
  const bcrypt = stored.slice(PREFIX.length);
  try {
    return { bcrypt, cost: parseOptions(bcrypt).cost };
  } catch (cause) {
    throw new AccountsError('ERR_PASSWORD_HASH_UNREADABLE', { cause });
  }
}

function check(holds: boolean, detail: string): void {
  if (!holds) throw new AccountsError('ERR_ACCOUNTS_OPTION_INVALID', { detail });
}
