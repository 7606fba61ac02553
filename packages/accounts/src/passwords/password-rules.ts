// Which passwords are allowed: long enough, not too long, not a common one. No composition rules (ASVS 6.2.5).

import { AccountsError, type AccountsErrorOptions } from '../errors.ts';
import { normalizeUsername } from '../usernames.ts';
import { COMMON_PASSWORDS } from './common-passwords.ts';

/** Lone surrogates: UTF-8 turns each of them into the same character, so two such passwords could open one account. */
const ILL_FORMED = /\p{Cs}/u;

/** Limits in characters, which are Unicode code points (NIST SP 800-63B-4, 3.1.1.2). */
export const PASSWORD_LENGTH = { min: 8, max: 128 } as const;

/**
 * Checks a new password against the rules (ASVS 6.2.1, 6.2.4, 6.2.9, 6.2.11). The password is used exactly as given:
 * it is not trimmed, cut or normalized.
 * @throws ERR_PASSWORD_ILL_FORMED, ERR_PASSWORD_TOO_SHORT, ERR_PASSWORD_TOO_LONG, ERR_PASSWORD_COMMON
 */
export function checkNewPassword(
  password: string,
  { username, field = 'password' }: { username: string; field?: NonNullable<AccountsErrorOptions['field']> },
): void {
  if (ILL_FORMED.test(password)) throw new AccountsError('ERR_PASSWORD_ILL_FORMED', { field });
  const length = password.length > PASSWORD_LENGTH.max * 2 ? Number.POSITIVE_INFINITY : [...password].length;
  if (length < PASSWORD_LENGTH.min) throw new AccountsError('ERR_PASSWORD_TOO_SHORT', { field });
  if (length > PASSWORD_LENGTH.max) throw new AccountsError('ERR_PASSWORD_TOO_LONG', { field });
  if (COMMON_PASSWORDS.has(password.toLowerCase())) throw new AccountsError('ERR_PASSWORD_COMMON', { field });
  if (normalizeUsername(password) === normalizeUsername(username))
    throw new AccountsError('ERR_PASSWORD_COMMON', { field, detail: 'The password is the username. Choose another.' });
}

/** Tells whether any account could have this password. It is hashed in both cases, so the time reveals nothing. */
export function canBePassword(password: string): boolean {
  return !ILL_FORMED.test(password) && password.length <= PASSWORD_LENGTH.max * 2;
}
