// What a username is. parseUsername is asked once, at registration; usernameKey says which names are the same.

import { AccountsError } from './errors.ts';

export const USERNAME_MAX_LENGTH = 64;

// Control characters (CRLF, NUL, ESC), lone surrogates, line and paragraph separators, unassigned and private characters,
// and those that are drawn as nothing: they forge log lines, or make two names look alike.
const REFUSED = /[\p{C}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/u;

/**
 * The name as it is kept: NFKC. It has 1 to 64 characters (code points, after NFKC), no space at its ends, and none
 * of the refused characters. Everything else is an ordinary name.
 * @throws ERR_USERNAME_INVALID
 */
export function parseUsername(text: string): string {
  // Refused before it is normalized as well, so that nothing vanishes on the way.
  if (text.length > USERNAME_MAX_LENGTH * 4 || REFUSED.test(text)) throw invalid();
  const name = text.normalize('NFKC');
  if (name === '' || name !== name.trim() || REFUSED.test(name)) throw invalid();
  if ([...name].length > USERNAME_MAX_LENGTH) throw invalid();
  return name;
}

/**
 * Two names with one key are one name: case and compatibility forms do not count. Upper case first, because only that
 * brings together what lower case keeps apart (`ς` and `σ`, `ß` and `ss`).
 */
export function usernameKey(name: string): string {
  return name.normalize('NFKC').toUpperCase().toLowerCase().normalize('NFKC');
}

function invalid(): AccountsError {
  return new AccountsError('ERR_USERNAME_INVALID', { field: 'username' });
}
