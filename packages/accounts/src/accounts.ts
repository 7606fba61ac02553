// Registers users, signs them in and changes their passwords. The routes of both apps call it.
//
//   route ── username, password ──> accounts ── is another attempt allowed? ──> attempts
//                                      │  ├─── does the password match? ──────> passwords (hashed off the event loop)
//                                      │  └─── who is it? ────────────────────> directory
//                                      └── User, or an AccountsError with a code
//
// Sessions are not handled here: the route passes functions that begin and end them.

import { makeAddressKey } from './attempts/address-key.ts';
import { ATTEMPT_LIMITS, type AttemptLimits, createAttempts, makeCountKey } from './attempts/attempts.ts';
import { computeWaitMs, type FailureCounts } from './attempts/failure-counts.ts';
import { createMemoryCounts } from './attempts/memory-counts.ts';
import { createSharedCounts } from './attempts/shared-counts.ts';
import { createChangePassword, type PasswordChangeRequest, rejectWhile } from './change-password.ts';
import type { Account, User, UserDirectory } from './contracts/directory.ts';
import { AccountsError, type AccountsErrorCode } from './errors.ts';
import { checkNewPassword } from './passwords/password-rules.ts';
import type { Passwords } from './passwords/passwords.ts';
import { DEFAULT_ROLES } from './roles.ts';
import { normalizeUsername, parseUsername, USERNAME_MAX_LENGTH } from './usernames.ts';

export interface AccountsOptions {
  readonly directory: UserDirectory;
  readonly passwords: Passwords;
  /** Monotonic time in ms, for counting failed attempts. Default: `performance.now`. */
  readonly clock?: () => number;
  /** Overrides single limits of ATTEMPT_LIMITS. */
  readonly limits?: Partial<AttemptLimits>;
  /** Where attempts are counted for all servers together. Without it, each server counts its own. */
  readonly sharedCounts?: FailureCounts | undefined;
  /** Called when `sharedCounts` fail and this server counts alone, with the reason; and when they are back, without. */
  readonly onCountsChange?: ((failure: unknown) => void) | undefined;
}

/** Starts a session of the user, and returns a function that ends that session. */
export type Begin = (user: User) => Promise<() => Promise<unknown>>;

/** Every method throws ERR_DATABASE_… if the user database fails. */
export interface Accounts {
  /**
   * Adds a user with the default roles.
   * `address`: the client's, as for `signIn`.
   * @throws ERR_USERNAME_INVALID, ERR_USERNAME_TAKEN, ERR_PASSWORD_TOO_SHORT, ERR_PASSWORD_TOO_LONG,
   * ERR_PASSWORD_COMMON, ERR_PASSWORD_ILL_FORMED, ERR_TOO_MANY_REGISTRATIONS, ERR_PASSWORD_QUEUE_FULL
   */
  register(username: string, password: string, address: string): Promise<User>;
  /**
   * Returns the user. An unknown name, a wrong password and a closed account give the same error after the same time.
   * `address` is the client's address; a forwarded address counts only if it comes from the server's own proxy.
   * `begin` starts the session. A change of password ends all sessions that exist at that moment. A session that begins
   * with the old password at the same time would survive it, so it is ended here.
   * @throws ERR_CREDENTIALS_WRONG, ERR_TOO_MANY_ATTEMPTS, ERR_PASSWORD_QUEUE_FULL, ERR_ACCOUNT_CHANGED, and what
   * `begin` throws
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
}

interface PasswordAttempt {
  readonly password: string;
  readonly address: string;
}

type Comparison = Awaited<ReturnType<Passwords['verify']>>;

export function createAccounts({ directory, passwords, ...options }: AccountsOptions): Accounts {
  const clock = options.clock ?? (() => performance.now());
  const limits = checkLimits({ ...ATTEMPT_LIMITS, ...options.limits });
  const counts = chooseCounts(options, createMemoryCounts({ maxKeys: limits.maxKeys, clock }), clock);
  const signIns = createAttempts('sign-in', limits, counts);
  const changes = createAttempts('change', limits, counts);

  async function countRegistration(address: string): Promise<void> {
    const limit = { limit: limits.registrationsPerAddress, windowMs: limits.windowMs };
    const waitMs = computeWaitMs(await counts.add(makeCountKey('register', makeAddressKey(address)), limit), limit);
    if (waitMs > 0) throw new AccountsError('ERR_TOO_MANY_REGISTRATIONS', { retryAfter: Math.ceil(waitMs / 1000) });
  }

  async function findOpenAccount(id: string): Promise<Account | undefined> {
    const account = await directory.findById(id);
    return account?.status === 'active' ? account : undefined;
  }

  /**
   * Reads the account again after a comparison, because it may have changed or been closed meanwhile. If another
   * request has replaced the hash, compares once more: the new hash may be a stronger one of the same password.
   * @returns the account as it is now if the password matches it
   */
  async function recheckPassword(account: Account | undefined, result: Comparison, attempt: PasswordAttempt) {
    // An unknown user takes as many steps as a wrong password.
    const current = await findOpenAccount(account?.user.id ?? '');
    if (current === undefined) return undefined;
    const isSame = current.passwordHash === account?.passwordHash;
    const { ok, rehashDue } = isSame ? result : await comparePassword(attempt, current);
    return ok ? { account: current, rehashDue } : undefined;
  }

  function comparePassword({ password, address }: PasswordAttempt, account: Account | undefined): Promise<Comparison> {
    return passwords.verify(password, account?.passwordHash, { address });
  }

  /** Returns the account if the password is right. Counts the attempt. */
  async function checkCredentials(username: string, attempt: PasswordAttempt) {
    const key = makeAttemptKey(username);
    rejectWhile(await signIns.getWaitMs(key, attempt.address));
    const account = await directory.findByUsername(username);
    const match = await recheckPassword(account, await comparePassword(attempt, account), attempt);
    // Checked again: many guesses sent together get no more answers than guesses sent one after another.
    const record = match === undefined ? signIns.recordFailure : signIns.recordSuccess;
    rejectWhile(await record(key, attempt.address));
    if (match === undefined) throw new AccountsError('ERR_CREDENTIALS_WRONG');
    return match;
  }

  /**
   * Ends a session that has just begun if its password is no longer valid, or its roles are others now. A change
   * writes first, and ends or changes sessions afterwards, so one of the two sees this session.
   */
  async function confirmSession(account: Account, attempt: PasswordAttempt, end: () => Promise<unknown>) {
    let code: AccountsErrorCode = 'ERR_CREDENTIALS_WRONG';
    try {
      const match = await recheckPassword(account, { ok: true, rehashDue: false }, attempt);
      if (match !== undefined && isSameSubject(match.account, account)) return;
      if (match !== undefined) code = 'ERR_ACCOUNT_CHANGED';
    } catch (error) {
      await end();
      throw error;
    }
    await end();
    throw new AccountsError(code);
  }

  /**
   * Stores the password as a hash of the configured kind. If the hashing queue is full, sign-in goes on without it, and
   * the next sign-in tries again.
   * @returns the account with its new hash, or as it was if another request changed it: the password is then compared
   * again
   */
  async function rehashPassword(account: Account, password: string): Promise<Account> {
    const to = await passwords.hash(password).catch(ignoreFullQueue);
    if (to === undefined) return account;
    const outcome = await directory.setPasswordHash(account.user.id, { from: account.passwordHash, to, rehash: true });
    return outcome === 'changed' ? { ...account, passwordHash: to } : account;
  }

  return {
    async register(text, password, address) {
      const username = parseUsername(text);
      checkNewPassword(password, { username });
      await countRegistration(address);
      if ((await directory.findByUsername(username)) !== undefined) throw createTakenError();
      const passwordHash = await passwords.hash(password, { address, kind: 'registration' });
      const user = await directory.create({ username, passwordHash, roles: DEFAULT_ROLES });
      if (user === 'taken') throw createTakenError();
      return user;
    },

    async signIn(username, password, address, begin) {
      const attempt = { password, address };
      const { account, rehashDue } = await checkCredentials(username, attempt);
      const current = rehashDue ? await rehashPassword(account, password) : account;
      const end = await begin?.(account.user);
      if (end !== undefined) await confirmSession(current, attempt, end);
      return account.user;
    },

    changePassword: createChangePassword({ directory, passwords, attempts: changes, findOpenAccount }),

    findUser: async (id) => (await findOpenAccount(id))?.user,
  };
}

function isSameSubject({ user: one }: Account, { user: other }: Account): boolean {
  return one.username === other.username && JSON.stringify(one.roles) === JSON.stringify(other.roles);
}

function chooseCounts(
  options: Omit<AccountsOptions, 'directory' | 'passwords'>,
  own: FailureCounts,
  clock: () => number,
) {
  const { sharedCounts: shared, onCountsChange } = options;
  if (shared === undefined) return own;
  return createSharedCounts({ shared, own, clock, ...(onCountsChange && { onChange: onCountsChange }) });
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
