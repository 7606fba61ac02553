// Which new passwords are allowed.

import { describe, expect, it } from 'vitest';
import { COMMON_PASSWORDS } from '../src/passwords/common-passwords.ts';
import { checkNewPassword } from '../src/passwords/password-rules.ts';

function judge(password: string, username = 'dora'): string {
  try {
    checkNewPassword(password, { username });
    return 'allowed';
  } catch (error) {
    return (error as { code: string }).code;
  }
}

describe('a new password', () => {
  it.each([
    ['seven77', 'ERR_PASSWORD_TOO_SHORT'],
    ['eight 88', 'allowed'],
    ['', 'ERR_PASSWORD_TOO_SHORT'],
    ['x'.repeat(128), 'allowed'],
    ['x'.repeat(129), 'ERR_PASSWORD_TOO_LONG'],
    ['x'.repeat(1_000_000), 'ERR_PASSWORD_TOO_LONG'],
    ['😀'.repeat(7), 'ERR_PASSWORD_TOO_SHORT'],
    ['😀'.repeat(128), 'allowed'],
    ['😀'.repeat(129), 'ERR_PASSWORD_TOO_LONG'],
    ['with \u0000 NUL', 'allowed'],
    ['lone \ud800 surrogate', 'ERR_PASSWORD_ILL_FORMED'],
    ['password', 'ERR_PASSWORD_COMMON'],
    ['PassWord1', 'ERR_PASSWORD_COMMON'],
    ['qwertyuiop', 'ERR_PASSWORD_COMMON'],
    ['only lower case words', 'allowed'],
    ['        ', 'allowed'],
  ])('%j is %s', (password, expected) => {
    expect(judge(password)).toBe(expected);
  });

  it('is not the username, whatever its case', () => {
    expect(judge('Dora-Marquez', 'dora-marquez')).toBe('ERR_PASSWORD_COMMON');
  });
});

it('the list has at least 3,000 common passwords of 8 characters or more (ASVS 6.2.4)', () => {
  expect(COMMON_PASSWORDS.size).toBe(5_000);
  for (const word of COMMON_PASSWORDS) expect([word.length >= 8, word.toLowerCase()]).toEqual([true, word]);
});
