// What people do with an account: register, sign in, change the password. The apps' routes call this.
//
//   route ── username, password ──> accounts ── may they try? ──> attempts
//                                      │  ├─── does it match? ──> passwords (bcrypt, off the event loop)
//                                      │  └─── who is it? ──────> directory
//                                      └── User, or an AccountsError with a code
//
// It knows no session: ending sessions after a change of password is the route's part.

import { ATTEMPT_LIMITS, type AttemptLimits, createAttempts } from './attempts/attempts.ts';
import type { Account, User, UserDirectory } from './contracts/directory.ts';
import { AccountsError } from './errors.ts';
import { checkNewPassword } from './passwords/password-rules.ts';
import type { Passwords } from './passwords/passwords.ts';
import { parseUsername, USERNAME_MAX_LENGTH, usernameKey } from './usernames.ts';

export interface AccountsOptions {
  readonly directory: UserDirectory;
  readonly passwords: Passwords;
  /** ms, monotonic; the failures of attempts are counted by it. Default: `performance.now`. */
  readonly clock?: () => number;
  /** In place of single limits of ATTEMPT_LIMITS. */
  readonly limits?: Partial<AttemptLimits>;
}

/** Starts a session of the user; what it answers ends that session again. */
export type Begin = (user: User) => Promise<() => Promise<unknown>>;

export interface Accounts {
  /**
   * @throws ERR_USERNAME_INVALID, ERR_USERNAME_TAKEN, ERR_PASSWORD_TOO_SHORT, ERR_PASSWORD_TOO_LONG,
   * ERR_PASSWORD_COMMON, ERR_PASSWORD_ILL_FORMED, ERR_PASSWORD_QUEUE_FULL, ERR_DIRECTORY_FULL
   */
  register(username: string, password: string): Promise<User>;
  /**
   * The user, or one and the same error in the same time for an unknown name, a wrong password and a closed account.
   * `address`: the client's, as the server believes it (a forwarded one only from its own proxy).
   * `begin` starts what the sign-in is for, a session, and answers how to end it. A change of password ends the sessions
   * that there are; one that begins just then with the old password would outlive it, so that it is ended here.
   * @throws ERR_CREDENTIALS_WRONG, ERR_TOO_MANY_ATTEMPTS, ERR_PASSWORD_QUEUE_FULL, and what `begin` throws
   */
  signIn(username: string, password: string, address: string, begin?: Begin): Promise<User>;
  /**
   * Of a user who is signed in. Counted as sign-in is, so that a stolen session cannot guess the password.
   * @throws ERR_CURRENT_PASSWORD_WRONG, ERR_TOO_MANY_ATTEMPTS, ERR_USER_GONE, ERR_PASSWORD_CONFLICT and those of a new
   * password (`register`)
   */
  changePassword(userId: string, current: string, next: string): Promise<User>;
  /** The user behind a session or a token; undefined when there is none or the account is closed. */
  findUser(id: string): Promise<User | undefined>;
  /** Closes an account to sign-in; false when there is none. Ending its sessions is the caller's part (ASVS 7.4.2). */
  disable(id: string): Promise<boolean>;
}

/** What everybody who registers is. */
export const DEFAULT_ROLES: readonly string[] = ['user'];

export function createAccounts({ directory, passwords, ...options }: AccountsOptions): Accounts {
  const clock = options.clock ?? (() => performance.now());
  const limits = checkedLimits({ ...ATTEMPT_LIMITS, ...options.limits });
  const signIns = createAttempts(limits, clock);
  const changes = createAttempts(limits, clock);

  async function openAccount(id: string): Promise<Account | undefined> {
    const account = await directory.findById(id);
    return account === undefined || account.disabled ? undefined : account;
  }

  /** The password matched `account`; is that still so? It may have changed, or been closed, while bcrypt ran. */
  async function unchanged({ user, passwordHash }: Account): Promise<boolean> {
    return (await openAccount(user.id))?.passwordHash === passwordHash;
  }

  /**
   * Stores the password at today's cost. Never at the price of the sign-in: a full line is left for the next time.
   * @returns the account as it is then, if nobody else changed it
   */
  async function rehashed(account: Account, password: string): Promise<Account> {
    const to = await passwords.hash(password).catch(unlessQueueFull);
    if (to === undefined) return account;
    const outcome = await directory.setPasswordHash(account.user.id, { from: account.passwordHash, to });
    return outcome === 'changed' ? { ...account, passwordHash: to } : account;
  }

  return {
    async register(text, password) {
      const username = parseUsername(text);
      checkNewPassword(password, { username });
      if ((await directory.findByUsername(username)) !== undefined) throw taken();
      const passwordHash = await passwords.hash(password);
      const user = await directory.create({ username, passwordHash, roles: DEFAULT_ROLES });
      if (user === 'taken') throw taken();
      return user;
    },

    async signIn(username, password, address, begin) {
      const key = attemptKey(username);
      refuseWhile(signIns.waitMs(key, address));
      const account = await directory.findByUsername(username);
      const { ok, rehashDue } = await passwords.verify(password, account?.passwordHash);
      // Asked again: of many guesses sent at once, no more are answered than of guesses sent one by one.
      refuseWhile(signIns.waitMs(key, address));
      if (!ok || account === undefined || !(await unchanged(account))) {
        signIns.failed(key, address);
        throw new AccountsError('ERR_CREDENTIALS_WRONG');
      }
      signIns.succeeded(key, address);
      const current = rehashDue ? await rehashed(account, password) : account;
      const end = await begin?.(account.user);
      // Whoever changes the password writes it first and ends the sessions then: this one is either seen there or here.
      if (end !== undefined && !(await unchanged(current))) {
        await end();
        throw new AccountsError('ERR_CREDENTIALS_WRONG');
      }
      return account.user;
    },

    async changePassword(userId, current, next) {
      refuseWhile(changes.waitMs(userId, ''));
      const account = await openAccount(userId);
      if (account === undefined) throw new AccountsError('ERR_USER_GONE');
      checkNewPassword(next, { username: account.user.username, field: 'newPassword' });
      const { ok } = await passwords.verify(current, account.passwordHash);
      refuseWhile(changes.waitMs(userId, ''));
      if (!ok) {
        changes.failed(userId, '');
        throw new AccountsError('ERR_CURRENT_PASSWORD_WRONG', { field: 'currentPassword' });
      }
      changes.succeeded(userId, '');
      const to = await passwords.hash(next);
      const outcome = await directory.setPasswordHash(userId, { from: account.passwordHash, to });
      if (outcome === 'conflict') throw new AccountsError('ERR_PASSWORD_CONFLICT');
      if (outcome === 'gone') throw new AccountsError('ERR_USER_GONE');
      return account.user;
    },

    findUser: async (id) => (await openAccount(id))?.user,

    disable: async (id) => (await directory.disable(id)) === 'disabled',
  };
}

/** Names that nobody can have count as one, so that a key is never long and never made of control characters. */
function attemptKey(username: string): string {
  const key = username.length > USERNAME_MAX_LENGTH * 4 ? '' : usernameKey(username);
  return /\p{Cc}/u.test(key) ? '' : key;
}

function refuseWhile(waitMs: number): void {
  if (waitMs > 0) throw new AccountsError('ERR_TOO_MANY_ATTEMPTS', { retryAfter: Math.ceil(waitMs / 1000) });
}

function unlessQueueFull(error: unknown): undefined {
  if (!(error instanceof AccountsError && error.code === 'ERR_PASSWORD_QUEUE_FULL')) throw error;
}

function taken(): AccountsError {
  return new AccountsError('ERR_USERNAME_TAKEN', { field: 'username' });
}

function checkedLimits(limits: AttemptLimits): AttemptLimits {
  for (const [name, value] of Object.entries(limits)) {
    if (Number.isSafeInteger(value) && value >= 1) continue;
    throw new AccountsError('ERR_ACCOUNTS_OPTION_INVALID', {
      detail: `limits.${name} must be a whole number from 1 on.`,
    });
  }
  return limits;
}
