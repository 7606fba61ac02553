// Registers users, signs them in and changes their passwords. The routes of both apps call it.
//
//   route ── username, password ──> accounts ── is another attempt allowed? ──> attempts
//                                      │  ├─── does the password match? ──────> passwords (bcrypt, off the event loop)
//                                      │  └─── who is it? ────────────────────> directory
//                                      └── User, or an AccountsError with a code
//
// Sessions are not handled here: the route passes functions that begin and end them.

import { makeAddressKey } from './attempts/address-key.ts';
import { ATTEMPT_LIMITS, type AttemptLimits, createAttempts } from './attempts/attempts.ts';
import { createFailureCounts } from './attempts/failure-counts.ts';
import { createChangePassword, type PasswordChangeRequest, rejectWhile } from './change-password.ts';
import type { Account, User, UserDirectory } from './contracts/directory.ts';
import { AccountsError } from './errors.ts';
import { checkNewPassword } from './passwords/password-rules.ts';
import type { Passwords } from './passwords/passwords.ts';
import { normalizeUsername, parseUsername, USERNAME_MAX_LENGTH } from './usernames.ts';

export interface AccountsOptions {
  readonly directory: UserDirectory;
  readonly passwords: Passwords;
  /** Monotonic time in ms, for counting failed attempts. Default: `performance.now`. */
  readonly clock?: () => number;
  /** Overrides single limits of ATTEMPT_LIMITS. */
  readonly limits?: Partial<AttemptLimits>;
}

/** Starts a session of the user, and returns a function that ends that session. */
export type Begin = (user: User) => Promise<() => Promise<unknown>>;

export interface Accounts {
  /**
   * Adds a user with the default roles.
   * `address`: the client's, as for `signIn`.
   * @throws ERR_USERNAME_INVALID, ERR_USERNAME_TAKEN, ERR_PASSWORD_TOO_SHORT, ERR_PASSWORD_TOO_LONG,
   * ERR_PASSWORD_COMMON, ERR_PASSWORD_ILL_FORMED, ERR_TOO_MANY_REGISTRATIONS, ERR_PASSWORD_QUEUE_FULL, ERR_DIRECTORY_FULL
   */
  register(username: string, password: string, address: string): Promise<User>;
  /**
   * Returns the user. An unknown name, a wrong password and a closed account give the same error after the same time.
   * `address` is the client's address; a forwarded address counts only if it comes from the server's own proxy.
   * `begin` starts the session. A change of password ends all sessions that exist at that moment. A session that begins
   * with the old password at the same time would survive it, so it is ended here.
   * @throws ERR_CREDENTIALS_WRONG, ERR_TOO_MANY_ATTEMPTS, ERR_PASSWORD_QUEUE_FULL, and what `begin` throws
   */
  signIn(username: string, password: string, address: string, begin?: Begin): Promise<User>;
  /**
   * Changes the password of a signed-in user. Failures are counted as for sign-in, so a thief of a session cannot guess
   * the password. A request that is repeated after a failure finishes its work (change-password.ts).
   * @throws ERR_CURRENT_PASSWORD_WRONG, ERR_TOO_MANY_ATTEMPTS, ERR_USER_GONE, ERR_PASSWORD_CONFLICT and the errors of a
   * new password (see `register`)
   */
  changePassword(change: PasswordChangeRequest): Promise<User>;
  /** Returns the user with this id, or undefined if there is none or the account is closed. */
  findUser(id: string): Promise<User | undefined>;
  /** Closes an account to sign-in; false if there is none. The caller ends its sessions (ASVS 7.4.2). */
  disable(id: string): Promise<boolean>;
}

/** The roles of every user who registers. */
export const DEFAULT_ROLES: readonly string[] = ['user'];

export function createAccounts({ directory, passwords, ...options }: AccountsOptions): Accounts {
  const clock = options.clock ?? (() => performance.now());
  const limits = checkLimits({ ...ATTEMPT_LIMITS, ...options.limits });
  const signIns = createAttempts(limits, clock);
  const changes = createAttempts(limits, clock);

  const registrations = createFailureCounts({
    limit: limits.registrationsPerAddress,
    windowMs: limits.windowMs,
    maxKeys: limits.maxKeys,
    clock,
  });

  function countRegistration(addressKey: string): void {
    const waitMs = registrations.getWaitMs(addressKey);
    if (waitMs > 0) throw new AccountsError('ERR_TOO_MANY_REGISTRATIONS', { retryAfter: Math.ceil(waitMs / 1000) });
    registrations.add(addressKey);
  }

  async function findOpenAccount(id: string): Promise<Account | undefined> {
    const account = await directory.findById(id);
    return account === undefined || account.disabled ? undefined : account;
  }

  /** Tells whether the account still has this hash. It may have changed or been closed while bcrypt ran. */
  async function isUnchanged({ user, passwordHash }: Account): Promise<boolean> {
    return (await findOpenAccount(user.id))?.passwordHash === passwordHash;
  }

  /**
   * Stores the password at the configured cost. If the hashing queue is full, sign-in goes on without it, and the next
   * sign-in tries again.
   * @returns the account with its new hash, or unchanged if another request changed it
   */
  async function rehashPassword(account: Account, password: string): Promise<Account> {
    const to = await passwords.hash(password).catch(ignoreFullQueue);
    if (to === undefined) return account;
    const outcome = await directory.setPasswordHash(account.user.id, { from: account.passwordHash, to });
    return outcome === 'changed' ? { ...account, passwordHash: to } : account;
  }

  return {
    async register(text, password, address) {
      const username = parseUsername(text);
      checkNewPassword(password, { username });
      if ((await directory.findByUsername(username)) !== undefined) throw createTakenError();
      countRegistration(makeAddressKey(address));
      const passwordHash = await passwords.hash(password, { address, kind: 'registration' });
      const user = await directory.create({ username, passwordHash, roles: DEFAULT_ROLES });
      if (user === 'taken') throw createTakenError();
      return user;
    },

    async signIn(username, password, address, begin) {
      const key = makeAttemptKey(username);
      rejectWhile(signIns.getWaitMs(key, address));
      const account = await directory.findByUsername(username);
      const { ok, rehashDue } = await passwords.verify(password, account?.passwordHash, { address });
      // Checked again: many guesses sent together get no more answers than guesses sent one after another.
      rejectWhile(signIns.getWaitMs(key, address));
      if (!ok || account === undefined || !(await isUnchanged(account))) {
        signIns.recordFailure(key, address);
        throw new AccountsError('ERR_CREDENTIALS_WRONG');
      }
      signIns.recordSuccess(key, address);
      const current = rehashDue ? await rehashPassword(account, password) : account;
      const end = await begin?.(account.user);
      // A change of password writes the hash first and ends sessions afterwards, so one of the two sees this session.
      if (end !== undefined && !(await isUnchanged(current))) {
        await end();
        throw new AccountsError('ERR_CREDENTIALS_WRONG');
      }
      return account.user;
    },

    changePassword: createChangePassword({ directory, passwords, attempts: changes, findOpenAccount }),

    findUser: async (id) => (await findOpenAccount(id))?.user,

    disable: async (id) => (await directory.disable(id)) === 'disabled',
  };
}

/** Names that no account can have share one key, so a key is never long and holds no control characters. */
function makeAttemptKey(username: string): string {
  const key = username.length > USERNAME_MAX_LENGTH * 4 ? '' : normalizeUsername(username);
  return /\p{Cc}/u.test(key) ? '' : key;
}

function ignoreFullQueue(error: unknown): undefined {
  if (!(error instanceof AccountsError && error.code === 'ERR_PASSWORD_QUEUE_FULL')) throw error;
}

function createTakenError(): AccountsError {
  return new AccountsError('ERR_USERNAME_TAKEN', { field: 'username' });
}

function checkLimits(limits: AttemptLimits): AttemptLimits {
  for (const [name, value] of Object.entries(limits)) {
    if (Number.isSafeInteger(value) && value >= 1) continue;
    throw new AccountsError('ERR_ACCOUNTS_OPTION_INVALID', {
      detail: `limits.${name} must be a whole number of at least 1.`,
    });
  }
  return limits;
}
