// Hashes and verifies passwords on libuv's threads, behind a bounded queue, never on the event loop.
//
//   password ──> queue ──> argon2id.ts (default) or bcrypt.ts ──> the text that the directory stores
//
// A stored hash names its algorithm and parameters, so hashes of several kinds can be in use: after a change of the
// settings, each user's hash is rewritten at the next sign-in. Until then every comparison computes one hash of each
// kind that is in use, for every user. So its time tells neither whether an account exists nor whether its hash is
// an older one.

import { availableParallelism } from 'node:os';
import type { UserDirectory } from '../contracts/directory.ts';
import { AccountsError } from '../errors.ts';
import { ARGON2ID_MAX, createArgon2id, readArgon2id } from './argon2id.ts';
import { BCRYPT_COST, createBcrypt, readBcrypt } from './bcrypt.ts';
import { createHashingQueue, type Turn } from './hashing-queue.ts';
import type { PasswordHash } from './password-hash.ts';
import { canBePassword } from './password-rules.ts';

export interface PasswordsOptions {
  /** How new passwords are hashed. Hashes of both algorithms are accepted. Default `argon2id`. */
  readonly algorithm?: 'argon2id' | 'bcrypt';
  /**
   * argon2id: memory of one hash, KiB; at least 19,456 (19 MiB), with one pass 47,104 (OWASP's minimum). Default
   * 19,456.
   */
  readonly memoryKib?: number;
  /** argon2id: how often the memory is filled, 1 to 100. Default 2. */
  readonly passes?: number;
  /** bcrypt: log2 of its rounds, 10 to 15; one more doubles the time. Default 12. */
  readonly cost?: number;
  /** Allows memory from 8 KiB and a cost from 4: for tests and the lab, whose report names it. Default false. */
  readonly allowLowCost?: boolean;
  /**
   * Concurrent hashes; always fewer than libuv's threads, and 1 GiB of memory in all. Default: cores less one, at most
   * threads less two.
   */
  readonly concurrency?: number;
  /** Hashes that may wait; beyond it ERR_PASSWORD_QUEUE_FULL. Default 64. */
  readonly maxQueue?: number;
  /** Threads in libuv's pool: 4, unless UV_THREADPOOL_SIZE was set before the process started. */
  readonly poolSize?: number;
}

export const PASSWORDS_DEFAULTS = {
  algorithm: 'argon2id',
  memoryKib: 19_456,
  passes: 2,
  cost: 12,
  allowLowCost: false,
  maxQueue: 64,
} as const;

export interface PasswordsStats {
  /** Hashes and comparisons that run now. */
  readonly running: number;
  /** Hashes and comparisons that wait now. */
  readonly waiting: number;
  /** Since the start: hashes made, comparisons made, requests refused because the queue was full. */
  readonly hashed: number;
  readonly compared: number;
  readonly refused: number;
  /** Since the start: computations of each kind, by the beginning of its hashes. One comparison makes one of each. */
  readonly computed: Readonly<Record<string, number>>;
}

export interface Passwords {
  /** How new hashes begin: the algorithm and its parameters. */
  readonly prefix: string;
  /** The most memory that hashes take together, bytes: concurrent hashes × memory of one. */
  readonly memoryBytes: number;
  /** Returns the hash to store. `turn`: its place in the queue. @throws ERR_PASSWORD_QUEUE_FULL */
  hash(password: string, turn?: Turn): Promise<string>;
  /**
   * Compares a password with a stored hash. With `undefined` (an unknown user) no password matches. In each case it
   * computes one hash of each kind in use. `rehashDue`: the password matches, but the hash is of another kind than new
   * ones.
   * @throws ERR_PASSWORD_QUEUE_FULL, ERR_PASSWORD_HASH_UNREADABLE
   */
  verify(
    password: string,
    hash: string | undefined,
    turn?: Turn,
  ): Promise<{ readonly ok: boolean; readonly rehashDue: boolean }>;
  /**
   * Adds the kind of a stored hash to those in use. A comparison adds a kind too. @throws ERR_PASSWORD_HASH_UNREADABLE
   */
  addKind(stored: string): void;
  /** How the hashes of the kinds in use begin. */
  listPrefixes(): readonly string[];
  stats(): PasswordsStats;
}

/** OWASP Password Storage Cheat Sheet. With a single pass, more memory is needed for the same resistance. */
const LEAST_SAFE = { memoryKib: 19_456, memoryKibOfOnePass: 47_104, cost: 10 } as const;
const MAX_MEMORY_KIB = 1_048_576;

/**
 * Looks for hashes of older kinds, so that from the first sign-in on every comparison computes each kind in use. For
 * the start of a server: it reads all users once for each kind. It stops at a hash that cannot be read; its user cannot
 * sign in, and the server serves all others.
 */
export async function addKindsInUse(
  passwords: Passwords,
  directory: Pick<UserDirectory, 'findHashUnlike'>,
): Promise<void> {
  for (;;) {
    const hash = await directory.findHashUnlike(passwords.listPrefixes());
    if (hash === undefined || readKind(hash) === undefined) return;
    passwords.addKind(hash);
  }
}

const readKind = (stored: string): PasswordHash | undefined => readArgon2id(stored) ?? readBcrypt(stored);

export function createPasswords(options: PasswordsOptions = {}): Passwords {
  const { maxQueue = PASSWORDS_DEFAULTS.maxQueue, poolSize = readPoolSize() } = options;
  const chosen = chooseHash(options);
  const concurrency = chooseConcurrency(options.concurrency, poolSize);
  const memoryBytes = concurrency * chosen.memoryBytes;
  check(
    memoryBytes <= MAX_MEMORY_KIB * 1024,
    `concurrency × memoryKib must be at most ${MAX_MEMORY_KIB} KiB, and is ${memoryBytes / 1024}.`,
  );
  check(Number.isSafeInteger(maxQueue) && maxQueue >= 0, 'maxQueue must be a whole number of at least 0.');
  const queue = createHashingQueue({ concurrency, maxQueue, clock: () => performance.now() });
  const kinds = new Map([[chosen.prefix, chosen]]);
  const computed: Record<string, number> = {};
  let hashed = 0;
  let compared = 0;

  function findKind(stored: string): PasswordHash {
    const known = [...kinds.values()].find(({ prefix }) => stored.startsWith(prefix));
    const read = readKind(stored);
    if (read === undefined) throw new AccountsError('ERR_PASSWORD_HASH_UNREADABLE');
    if (known === undefined) kinds.set(read.prefix, read);
    return known ?? read;
  }

  function countComputation({ prefix }: PasswordHash): void {
    computed[prefix] = (computed[prefix] ?? 0) + 1;
  }

  async function computeEachKind(password: string, stored: string | undefined, own: PasswordHash | undefined) {
    let matched = false;
    for (const kind of kinds.values()) {
      countComputation(kind);
      if (await kind.verify(password, kind === own ? stored : undefined)) matched = true;
    }
    return matched;
  }

  return {
    prefix: chosen.prefix,
    memoryBytes,

    hash(password, turn) {
      return queue.run(() => {
        hashed += 1;
        countComputation(chosen);
        return chosen.hash(password);
      }, turn);
    },

    async verify(password, stored, turn) {
      const own = stored === undefined ? undefined : findKind(stored);
      const matched = await queue.run(() => {
        compared += 1;
        return computeEachKind(password, stored, own);
      }, turn);
      const ok = matched && canBePassword(password);
      return { ok, rehashDue: ok && own !== chosen };
    },

    addKind: (stored) => void findKind(stored),

    listPrefixes: () => [...kinds.keys()],

    stats: () => ({
      running: queue.running,
      waiting: queue.waiting,
      hashed,
      compared,
      refused: queue.refused,
      computed: { ...computed },
    }),
  };
}

function chooseHash(options: PasswordsOptions): PasswordHash {
  const { algorithm, memoryKib, passes, cost, allowLowCost } = { ...PASSWORDS_DEFAULTS, ...options };
  check(algorithm === 'argon2id' || algorithm === 'bcrypt', 'algorithm must be argon2id or bcrypt.');
  const hint = allowLowCost ? '' : ' Less needs allowLowCost, and is for tests and the lab only.';
  if (algorithm === 'bcrypt') {
    const least = allowLowCost ? BCRYPT_COST.min : LEAST_SAFE.cost;
    checkRange('cost', cost, least, BCRYPT_COST.max, hint);
    return createBcrypt(cost);
  }
  checkRange('passes', passes, 1, ARGON2ID_MAX.passes);
  const safe = passes === 1 ? LEAST_SAFE.memoryKibOfOnePass : LEAST_SAFE.memoryKib;
  checkRange('memoryKib', memoryKib, allowLowCost ? 8 : safe, ARGON2ID_MAX.memoryKib, hint);
  return createArgon2id({ memoryKib, passes });
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

function checkRange(name: string, value: number, least: number, most: number, hint = ''): void {
  const isInRange = Number.isInteger(value) && value >= least && value <= most;
  check(isInRange, `${name} must be a whole number, ${least} to ${most}.${hint}`);
}

function check(isValid: boolean, detail: string): void {
  if (!isValid) throw new AccountsError('ERR_ACCOUNTS_OPTION_INVALID', { detail });
}
