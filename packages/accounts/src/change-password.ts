// A change of password that can be repeated: whatever fails in between, the same request again finishes the work.
//
//   compare current ──> hash the new one ──> end sessions ──> store the hash ──> end sessions ──> (the route renews its own)
//
// Sessions are ended before the hash is stored, so that a thief loses them even if the store fails afterwards, and
// again after it, because a session may have begun in between (ASVS 7.4.3).

import type { Attempts } from './attempts/attempts.ts';
import type { Account, User, UserDirectory } from './contracts/directory.ts';
import { AccountsError } from './errors.ts';
import { checkNewPassword } from './passwords/password-rules.ts';
import type { Passwords } from './passwords/passwords.ts';

export interface PasswordChangeRequest {
  readonly userId: string;
  /** The password that the user says is in force. */
  readonly current: string;
  readonly next: string;
  /** The client's address, as for sign-in. */
  readonly address: string;
  /** Ends the user's other sessions. Called before and after the new hash is stored; may fail. */
  readonly endSessions?: () => Promise<unknown>;
}

export interface ChangePasswordOptions {
  readonly passwords: Passwords;
  readonly directory: UserDirectory;
  readonly attempts: Attempts;
  readonly findOpenAccount: (id: string) => Promise<Account | undefined>;
}

export function createChangePassword({ passwords, directory, attempts, findOpenAccount }: ChangePasswordOptions) {
  /** Each comparison counts as an attempt, so that guesses sent together are not more than guesses sent one by one. */
  async function comparePassword(password: string, account: Account, address: string): Promise<boolean> {
    const { id } = account.user;
    rejectWhile(await attempts.getWaitMs(id, address));
    const { ok } = await passwords.verify(password, account.passwordHash, { address });
    rejectWhile(await (ok ? attempts.recordSuccess : attempts.recordFailure)(id, address));
    return ok;
  }

  /** Stores the hash also if a sign-in has replaced the old one meanwhile by a stronger hash of the same password. */
  async function storeHash(account: Account, to: string, { current, address }: PasswordChangeRequest): Promise<void> {
    const { id } = account.user;
    let outcome = await directory.setPasswordHash(id, { from: account.passwordHash, to });
    const fresh = outcome === 'conflict' ? await findOpenAccount(id) : undefined;
    if (fresh !== undefined && (await comparePassword(current, fresh, address))) {
      outcome = await directory.setPasswordHash(id, { from: fresh.passwordHash, to });
    }
    if (outcome === 'conflict') throw new AccountsError('ERR_PASSWORD_CONFLICT');
    if (outcome === 'gone') throw new AccountsError('ERR_USER_GONE');
  }

  return async function changePassword(change: PasswordChangeRequest): Promise<User> {
    const { userId, current, next, address, endSessions } = change;
    const account = await findOpenAccount(userId);
    if (account === undefined) throw new AccountsError('ERR_USER_GONE');
    checkNewPassword(next, { username: account.user.username, field: 'newPassword' });
    if (await comparePassword(current, account, address)) {
      const to = await passwords.hash(next, { address });
      await endSessions?.();
      await storeHash(account, to, change);
    } else if (!(await comparePassword(next, account, address))) {
      throw new AccountsError('ERR_CURRENT_PASSWORD_WRONG', { field: 'currentPassword' });
    }
    // Also for a repeated request, whose first try stored the new password and failed afterwards.
    await endSessions?.();
    return account.user;
  };
}

export function rejectWhile(waitMs: number): void {
  if (waitMs > 0) throw new AccountsError('ERR_TOO_MANY_ATTEMPTS', { retryAfter: Math.ceil(waitMs / 1000) });
}
