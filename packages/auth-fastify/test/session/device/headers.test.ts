// What a header field may look like, and what is written into one.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatChallenge, formatOffer, readSkipReason, readStringField } from '../../../src/session/device/headers.ts';

describe('a field that is one string', () => {
  it.each([
    ['"abc"', 'abc'],
    ['""', ''],
    ['"a b"', 'a b'],
    [String.raw`"a\"b\\c"`, String.raw`a"b\c`],
    ['  "abc"  ', 'abc'],
    ['"abc";x', 'abc'],
    ['"abc"; x=1;y="z;\\"";z=?1', 'abc'],
    ['bare', 'bare'],
    ['9_-Abc', '9_-Abc'],
    ['-_-Abc', '-_-Abc'],
    ['eyJ0.eyJq.c2ln', 'eyJ0.eyJq.c2ln'],
  ])('reads %s', (field, text) => {
    expect(readStringField(field)).toBe(text);
  });

  it.each([
    ['nothing', ''],
    ['an open string', '"abc'],
    ['a string that ends in a backslash', '"abc\\"'],
    ['another escape', '"a\\n"'],
    ['text behind the string', '"abc" d'],
    ['a list of two strings', '"a", "b"'],
    ['a list of two bare texts', 'a, b'],
    ['a control character', '"a\tb"'],
    ['a letter that is not ASCII', '"é"'],
    ['a parameter without a name', '"abc";'],
    ['a parameter in capitals', '"abc";X=1'],
    ['a parameter without a value', '"abc";x='],
    ['a byte sequence', ':YWJj:'],
    ['an inner list', '("a")'],
    ['more than 8,192 characters', 'a'.repeat(8_193)],
  ])('refuses %s', (_name, field) => {
    expect(readStringField(field)).toBeUndefined();
  });

  it('that came several times is refused', () => {
    expect(readStringField(['a', 'b'])).toBeUndefined();
  });

  it('is read in time that grows with its length', () => {
    const hostile = ['"', '"\\', '"a";', '"a";x="', '"a";x=";y', ';x', 'a.'].map((part) =>
      part.repeat(8_000 / part.length),
    );
    const started = performance.now();
    for (const field of hostile) readStringField(`"${field}`);
    expect(performance.now() - started).toBeLessThan(500);
  });
});

it('what is written can be read again, whatever the text', () => {
  const printable = fc.string({ unit: fc.integer({ min: 32, max: 126 }).map((code) => String.fromCharCode(code)) });
  fc.assert(
    fc.property(printable, fc.stringMatching(/^[\w-]{1,30}$/), (challenge, id) => {
      expect(readStringField(formatChallenge(challenge, id))).toBe(challenge);
    }),
  );
  expect(formatChallenge('c', 'i"d')).toBe(String.raw`"c";id="i\"d"`);
  expect(formatOffer('a/b', 'c')).toBe('(ES256 RS256);path="a/b";challenge="c"');
});

describe('Secure-Session-Skipped', () => {
  it.each([
    ['unreachable', 'unreachable'],
    ['server_error;session_identifier="9_x"', 'server_error'],
    ['quota_exceeded;session_identifier="a", unreachable;session_identifier="b"', 'quota_exceeded'],
    ['something_new', 'other'],
    ['"unreachable"', 'other'],
    ['unreachable_too', 'other'],
    ['', 'other'],
  ])('%s counts as %s', (field, reason) => {
    expect(readSkipReason(field)).toBe(reason);
  });
});
