// What a session may hold: JSON keeps it, or it is refused with a code. No store has a say in it.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeSessionData, encodeSessionData, MAX_SESSION_DATA_LENGTH } from '../src/index.ts';

const cycle: Record<string, unknown> = {};
cycle.self = { cycle };

describe('refuses', () => {
  it.each<[string, unknown]>([
    ['NaN', Number.NaN],
    ['Infinity', Number.POSITIVE_INFINITY],
    ['-Infinity', Number.NEGATIVE_INFINITY],
    ['-0', -0],
    ['a BigInt', 1n],
    ['a symbol', Symbol('s')],
    ['a function', () => 1],
    ['a class', class {}],
    ['undefined in an array', [1, undefined]],
    ['a hole in an array', new Array(2)],
    ['a cycle', cycle],
    ['a date that is none', new Date(Number.NaN)],
    ['a Map', new Map([[1, 2]])],
    ['a Set', new Set([1])],
    ['an Error', new TypeError('x')],
    ['a RegExp', /x/],
    ['a Promise', Promise.resolve()],
    ['a boxed NaN', Object(Number.NaN)],
    ['a boxed BigInt', Object(1n)],
    [
      'a getter that throws',
      {
        get x() {
          throw new Error('no');
        },
      },
    ],
    [
      'what toJSON makes of it',
      {
        toJSON: () => Number.NaN,
      },
    ],
  ])('%s, wherever it stands', (_, value) => {
    for (const data of [{ value }, { deep: [{ value }] }]) {
      expect(() => encodeSessionData(data)).toThrow(
        expect.objectContaining({ code: 'ERR_SESSION_DATA_UNSERIALIZABLE', statusCode: 500 }),
      );
    }
  });
});

describe('keeps, as JSON does', () => {
  it.each<[string, unknown, unknown]>([
    ['an empty object', {}, {}],
    ['null', null, null],
    [
      'the ends of what a double holds',
      [Number.MAX_VALUE, Number.MIN_VALUE, 2 ** 53],
      [1.7976931348623157e308, 5e-324, 2 ** 53],
    ],
    ['a date, as its ISO text', new Date(0), '1970-01-01T00:00:00.000Z'],
    ['no undefined property', { a: undefined, b: 1 }, { b: 1 }],
    ['no property whose toJSON answers undefined', { a: { toJSON: () => undefined }, b: 1 }, { b: 1 }],
    ['what toJSON answers', { toJSON: () => ({ a: 1 }) }, { a: 1 }],
    [
      'the own fields of an instance',
      new (class Cart {
        items = ['tea'];
      })(),
      { items: ['tea'] },
    ],
    ['an object without a prototype', Object.assign(Object.create(null), { a: 1 }), { a: 1 }],
    ['bytes, as Buffer.toJSON', Buffer.from('hi'), { type: 'Buffer', data: [104, 105] }],
    ['one object in two places', [cycle.none, 1].slice(1), [1]],
    ['NUL, lone surrogates, U+2028, emoji', '\0 \ud800 \u2028 🍵', '\0 \ud800 \u2028 🍵'],
  ])('%s', (_, value, expected) => {
    expect(decodeSessionData(encodeSessionData({ value }))).toEqual({ value: expected });
  });
});

it('names the key, and not the value, of what it refuses', () => {
  const act = () => encodeSessionData({ cart: { price: Number.NaN } });
  expect(act).toThrow('Session data at "price" cannot be stored as JSON.');
});

it('makes text that UTF-8 keeps', () => {
  const text = encodeSessionData({ lone: '\ud800', pair: '🍵' });
  expect(Buffer.from(text).toString()).toBe(text);
});

it('makes nothing of a key named __proto__ but a key', () => {
  const data = decodeSessionData(encodeSessionData(JSON.parse('{"__proto__":{"admin":true}}')));
  expect(Object.keys(data)).toEqual(['__proto__']);
  expect((data as { admin?: boolean }).admin).toBeUndefined();
  expect(({} as { admin?: boolean }).admin).toBeUndefined();
});

it('counts up to the limit, and refuses one more', () => {
  const overhead = '{"a":""}'.length;
  const fits = { a: 'x'.repeat(MAX_SESSION_DATA_LENGTH - overhead) };
  expect(encodeSessionData(fits)).toHaveLength(MAX_SESSION_DATA_LENGTH);
  const large = expect.objectContaining({ code: 'ERR_SESSION_DATA_TOO_LARGE', statusCode: 413 });
  expect(() => encodeSessionData({ a: `${fits.a}x` })).toThrow(large);
  expect(() => encodeSessionData({ a: 'xx' }, overhead + 1)).toThrow(large);
});

it('keeps whatever JSON can hold', () => {
  // JSON itself makes 0 of -0.
  const value = fc.jsonValue({ stringUnit: 'binary', maxDepth: 4 }).map((any) => JSON.parse(JSON.stringify(any)));
  fc.assert(
    fc.property(fc.dictionary(fc.string(), value, { maxKeys: 5 }), (data) => {
      expect(decodeSessionData(encodeSessionData(data))).toEqual(JSON.parse(JSON.stringify(data)));
    }),
  );
});

it('gives any value the same verdict twice: JSON of the same meaning, or a code', () => {
  fc.assert(
    fc.property(fc.anything({ withBigInt: true, withDate: true, withMap: true, withSet: true }), (value) => {
      const text = verdict(value);
      if (text.startsWith('ERR_')) expect(text).toBe('ERR_SESSION_DATA_UNSERIALIZABLE');
      // What was kept is kept the same when it goes through again.
      else expect(encodeSessionData(decodeSessionData(text))).toBe(text);
      expect(verdict(value)).toBe(text);
    }),
  );
});

function verdict(value: unknown): string {
  try {
    return encodeSessionData({ value });
  } catch (error) {
    return (error as { code: string }).code;
  }
}
