// What session data may hold: JSON keeps it, or it is refused with a code, independent of the store.

import fc from 'fast-check';
import { expect, it } from 'vitest';
import { decodeSessionData, encodeSessionData, MAX_SESSION_DATA_LENGTH } from '../src/index.ts';

const cycle: Record<string, unknown> = {};
cycle.self = { cycle };

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
  ['an invalid date', new Date(Number.NaN)],
  ['a Map', new Map([[1, 2]])],
  ['a Set', new Set([1])],
  ['an Error', new TypeError('x')],
  ['a RegExp', /x/],
  ['a Promise', Promise.resolve()],
  ['an ArrayBuffer', new ArrayBuffer(8)],
  ['a Uint8Array', new Uint8Array([1, 2])],
  ['an empty Float32Array', new Float32Array()],
  ['a DataView', new DataView(new ArrayBuffer(4))],
  ['URLSearchParams', new URLSearchParams('a=1')],
  ['Headers', new Headers({ a: '1' })],
  ['FormData', new FormData()],
  ['a Blob', new Blob(['x'])],
  ['a WeakRef', new WeakRef({})],
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
    'an object whose toJSON answers NaN',
    {
      toJSON: () => Number.NaN,
    },
  ],
])('%s is refused at any depth', (_, value) => {
  for (const data of [{ value }, { deep: [{ value }] }]) {
    expect(() => encodeSessionData(data)).toThrow(expect.objectContaining({ code: 'ERR_SESSION_DATA_UNSERIALIZABLE' }));
  }
});

it('data of a class without properties is stored as an empty object', () => {
  expect(encodeSessionData(new (class Session {})())).toBe('{}');
});

it.each<[string, unknown, unknown]>([
  ['an empty object', {}, {}],
  ['null', null, null],
  [
    'the largest and the smallest number',
    [Number.MAX_VALUE, Number.MIN_VALUE, 2 ** 53],
    [1.7976931348623157e308, 5e-324, 2 ** 53],
  ],
  ['a date', new Date(0), '1970-01-01T00:00:00.000Z'],
  ['an object with an undefined property', { a: undefined, b: 1 }, { b: 1 }],
  ['an object with a property whose toJSON answers undefined', { a: { toJSON: () => undefined }, b: 1 }, { b: 1 }],
  ['an object with toJSON', { toJSON: () => ({ a: 1 }) }, { a: 1 }],
  [
    'an instance of a class',
    new (class Cart {
      items = ['tea'];
    })(),
    { items: ['tea'] },
  ],
  ['an object without a prototype', Object.assign(Object.create(null), { a: 1 }), { a: 1 }],
  ['a Buffer', Buffer.from('hi'), { type: 'Buffer', data: [104, 105] }],
  ['an array without its first element', [cycle.none, 1].slice(1), [1]],
  ['a text with NUL, lone surrogates, U+2028 and emoji', '\0 \ud800 \u2028 🍵', '\0 \ud800 \u2028 🍵'],
])('%s is kept as JSON keeps it', (_, value, expected) => {
  expect(decodeSessionData(encodeSessionData({ value }))).toEqual({ value: expected });
});

it('the error names the key of a refused value, and not the value', () => {
  const encode = () => encodeSessionData({ cart: { price: Number.NaN } });
  expect(encode).toThrow('Session data at "price" cannot be stored as JSON.');
});

it('the text survives UTF-8', () => {
  const text = encodeSessionData({ lone: '\ud800', pair: '🍵' });
  expect(Buffer.from(text).toString()).toBe(text);
});

it('a key named __proto__ is an ordinary key', () => {
  const data = decodeSessionData(encodeSessionData(JSON.parse('{"__proto__":{"admin":true}}')));
  expect(Object.keys(data)).toEqual(['__proto__']);
  expect((data as { admin?: boolean }).admin).toBeUndefined();
  expect(({} as { admin?: boolean }).admin).toBeUndefined();
});

it('data of exactly the maximum length is kept, and one more character is refused', () => {
  const overhead = '{"a":""}'.length;
  const fits = { a: 'x'.repeat(MAX_SESSION_DATA_LENGTH - overhead) };
  expect(encodeSessionData(fits)).toHaveLength(MAX_SESSION_DATA_LENGTH);
  const large = expect.objectContaining({ code: 'ERR_SESSION_DATA_TOO_LARGE' });
  expect(() => encodeSessionData({ a: `${fits.a}x` })).toThrow(large);
  expect(() => encodeSessionData({ a: 'xx' }, overhead + 1)).toThrow(large);
});

it('every JSON value is kept', () => {
  // JSON itself makes 0 of -0.
  const value = fc.jsonValue({ stringUnit: 'binary', maxDepth: 4 }).map((any) => JSON.parse(JSON.stringify(any)));
  fc.assert(
    fc.property(fc.dictionary(fc.string(), value, { maxKeys: 5 }), (data) => {
      expect(decodeSessionData(encodeSessionData(data))).toEqual(JSON.parse(JSON.stringify(data)));
    }),
  );
});

it('any value is kept as JSON or refused with a code, and always the same', () => {
  fc.assert(
    fc.property(fc.anything({ withBigInt: true, withDate: true, withMap: true, withSet: true }), (value) => {
      const text = encodeOrCatch(value);
      if (text.startsWith('ERR_')) expect(text).toBe('ERR_SESSION_DATA_UNSERIALIZABLE');
      // Decoding and encoding again gives the same text.
      else expect(encodeSessionData(decodeSessionData(text))).toBe(text);
      expect(encodeOrCatch(value)).toBe(text);
    }),
  );
});

function encodeOrCatch(value: unknown): string {
  try {
    return encodeSessionData({ value });
  } catch (error) {
    return (error as { code: string }).code;
  }
}
