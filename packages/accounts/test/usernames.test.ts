// Which usernames are valid, and which of them are the same.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { normalizeUsername, parseUsername } from '../src/index.ts';

const isAllowed = (name: string): boolean => {
  try {
    parseUsername(name);
    return true;
  } catch (error) {
    expect(error).toMatchObject({ code: 'ERR_USERNAME_INVALID', statusCode: 400, field: 'username' });
    return false;
  }
};

describe('a username', () => {
  it.each([
    'a',
    'alice',
    'Zoë',
    '李雷',
    'a b',
    "o'neil",
    '__proto__',
    'a@b.example',
    '😀',
    'x'.repeat(64),
    '😀'.repeat(64),
  ])('may be %j', (name) => {
    expect(isAllowed(name)).toBe(true);
  });

  it.each([
    ['empty', ''],
    ['too long', 'x'.repeat(65)],
    ['too long by far', 'x'.repeat(1_000_000)],
    ['too long once normalized', '\ufdfa'.repeat(4)],
    ['with CRLF', 'a\r\nb'],
    ['with NUL', 'a\u0000'],
    ['with an ANSI sequence', '\u001b[31ma'],
    ['with C1 control', 'a\u009bb'],
    ['with a line separator', 'a\u2028b'],
    ['with a text direction override', 'a\u202eb'],
    ['with a zero-width space', 'a\u200bb'],
    ['with an invisible character', 'a\u3164b'],
    ['with a lone surrogate', 'a\ud800'],
    ['with a space at the start', ' a'],
    ['with a space at the end', 'a\u00a0'],
    ['of spaces only', '   '],
  ])('is not %s', (_what, name) => {
    expect(isAllowed(name)).toBe(false);
  });

  it('is stored in NFKC form', () => {
    expect(parseUsername('Ａ\u0301')).toBe('Á');
  });
});

describe('two names are one', () => {
  it.each([
    ['Alice', 'aLICE'],
    ['Zoë', 'ZOE\u0308'],
    ['ﬁn', 'FIN'],
    ['straße', 'STRASSE'],
    ['ΟΔΟΣ', 'οδος'],
    ['οδοσ', 'οδος'],
    ['ａｂｃ', 'abc'],
  ])('%j and %j', (one, other) => {
    expect(normalizeUsername(one)).toBe(normalizeUsername(other));
  });

  it('when they differ in case or in normal form only, for every allowed name', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 8 }).filter(isAllowed), (name) => {
        const key = normalizeUsername(name);
        expect(normalizeUsername(parseUsername(name))).toBe(key);
        expect(normalizeUsername(name.normalize('NFD'))).toBe(key);
        expect(normalizeUsername(key)).toBe(key);
      }),
    );
  });
});
