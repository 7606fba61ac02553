// Which usernames are valid (parseUsername, at registration) and which of them are the same (normalizeUsername).

import { AccountsError } from './errors.ts';

export const USERNAME_MAX_LENGTH = 64;

// Control characters (CRLF, NUL, ESC), lone surrogates, line and paragraph separators, unassigned, private and
// invisible characters. They could forge log lines, or make two names look alike.
const REFUSED = /[\p{C}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/u;

/**
 * Returns the name in the form that is stored (NFKC). A valid name has 1 to 64 characters (code points, after NFKC), no
 * space at either end, and none of the refused characters. All other text is an ordinary name.
 * @throws ERR_USERNAME_INVALID
 */
export function parseUsername(text: string): string {
  // Checked before normalization, too: NFKC could remove a refused character.
  if (text.length > USERNAME_MAX_LENGTH * 4 || REFUSED.test(text)) throw createInvalidError();
  const name = text.normalize('NFKC');
  if (name === '' || name !== name.trim() || REFUSED.test(name)) throw createInvalidError();
  if ([...name].length > USERNAME_MAX_LENGTH) throw createInvalidError();
  return name;
}

/**
 * Two names with the same result are one name: case and compatibility forms do not count. Upper case comes first,
 * because lower case alone keeps some letters apart (`ς` and `σ`, `ß` and `ss`).
 */
export function normalizeUsername(name: string): string {
  return name.normalize('NFKC').toUpperCase().toLowerCase().normalize('NFKC');
}

function createInvalidError(): AccountsError {
  return new AccountsError('ERR_USERNAME_INVALID', { field: 'username' });
}
