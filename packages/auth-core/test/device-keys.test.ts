// Which JWKs are the public key of a device: a point of P-256, or an RSA key of 2,048 to 4,096 bits, and nothing else.

import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readDeviceKey } from '../src/device/keys.ts';
import { createEcKey, createRsaKey } from './device-forge.ts';

const EC = createEcKey().jwk;
const RSA = createRsaKey(2_048).jwk;

const encode = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64url');
const decode = (text: unknown): Buffer => Buffer.from(String(text), 'base64url');
const addZero = (text: unknown): string => encode(Buffer.concat([Buffer.alloc(1), decode(text)]));

/** An odd number of exactly so many bits: the form of a modulus. */
function makeModulus(bits: number): string {
  const bytes = randomBytes(Math.ceil(bits / 8));
  const top = 1 << ((bits - 1) % 8);
  bytes[0] = ((bytes[0] ?? 0) & (top - 1)) | top;
  bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) | 1;
  return encode(bytes);
}

/** The same point, but one bit of y differs: no point of the curve. */
function leaveCurve({ y }: Record<string, unknown>): string {
  const bytes = decode(y);
  bytes[31] = (bytes[31] ?? 0) ^ 1;
  return encode(bytes);
}

describe('control: a sound public key is read, in its smallest form', () => {
  it.each([
    ['P-256', EC, { alg: 'ES256' }],
    ['P-256 with members that need no reading', { ...EC, kid: 'x', use: 'sig', ext: true }, { alg: 'ES256' }],
    ['RSA of 2,048 bits', RSA, { alg: 'RS256' }],
    ['RSA of 2,049 bits', { kty: 'RSA', n: makeModulus(2_049), e: 'AQAB' }, { alg: 'RS256' }],
    ['RSA of 3,072 bits', { kty: 'RSA', n: makeModulus(3_072), e: 'AQAB' }, { alg: 'RS256' }],
    ['RSA of 4,096 bits', { kty: 'RSA', n: makeModulus(4_096), e: 'AQAB' }, { alg: 'RS256' }],
  ])('%s', (_name, jwk, expected) => {
    const key = readDeviceKey(jwk);
    expect(key).toMatchObject(expected);
    const { kid, use, ext, ...smallest } = jwk as Record<string, unknown>;
    expect(key?.jwk).toEqual(smallest);
    expect(readDeviceKey(key?.jwk)?.publicKey.equals(key?.publicKey as never)).toBe(true);
  });
});

describe('any other key is refused', () => {
  it.each<[string, unknown]>([
    ['a point that is not on the curve', { ...EC, y: leaveCurve(EC) }],
    ['the point 0, 0', { ...EC, x: encode(Buffer.alloc(32)), y: encode(Buffer.alloc(32)) }],
    ['coordinates above the field', { ...EC, x: encode(Buffer.alloc(32, 255)), y: encode(Buffer.alloc(32, 255)) }],
    ['x and y exchanged', { ...EC, x: EC.y, y: EC.x }],
    ['P-384', createEcKey('P-384').jwk],
    ['P-521', createEcKey('P-521').jwk],
    ['secp256k1', createEcKey('secp256k1').jwk],
    ['a point of secp256k1 that says P-256', { ...createEcKey('secp256k1').jwk, crv: 'P-256' }],
    ['the name of the curve in another spelling', { ...EC, crv: 'p-256' }],
    ['the name of OpenSSL for the curve', { ...EC, crv: 'prime256v1' }],
    ['no curve', { ...EC, crv: undefined }],
    ['no y', { ...EC, y: undefined }],
    ['a number as x', { ...EC, x: 5 }],
    ['a list as x', { ...EC, x: [EC.x] }],
    ['x of 33 bytes, the first one 0', { ...EC, x: addZero(EC.x) }],
    ['x of 31 bytes', { ...EC, x: encode(decode(EC.x).subarray(1)) }],
    ['x with padding', { ...EC, x: `${EC.x}=` }],
    ['x with a space', { ...EC, x: ` ${EC.x}` }],
    ['a compressed point as x', { ...EC, x: encode(compress(EC)) }],
    ['a private EC key', { ...EC, d: encode(randomBytes(32)) }],
    ['RSA of 1,024 bits', createRsaKey(1_024).jwk],
    ['RSA of 2,047 bits', { kty: 'RSA', n: makeModulus(2_047), e: 'AQAB' }],
    ['RSA of 4,097 bits', { kty: 'RSA', n: makeModulus(4_097), e: 'AQAB' }],
    ['RSA of 5,120 bits', { kty: 'RSA', n: makeModulus(5_120), e: 'AQAB' }],
    ['RSA of a million bits', { kty: 'RSA', n: makeModulus(1_000_000), e: 'AQAB' }],
    ['a modulus with a zero byte before it', { ...RSA, n: addZero(RSA.n) }],
    [
      'a short modulus, filled up with zeros',
      { ...RSA, n: encode(Buffer.concat([Buffer.alloc(224), randomBytes(32)])) },
    ],
    ['a modulus of 0', { ...RSA, n: encode(Buffer.alloc(256)) }],
    ['a modulus with padding', { ...RSA, n: `${RSA.n}==` }],
    ['a modulus with +', { ...RSA, n: `+${String(RSA.n).slice(1)}` }],
    ['the exponent 3', createRsaKey(2_048, 3).jwk],
    ['the exponent 1', { ...RSA, e: 'AQ' }],
    ['the exponent 65537 with a zero byte', { ...RSA, e: 'AAEAAQ' }],
    ['the exponent 65539', { ...RSA, e: 'AQAD' }],
    ['a number as exponent', { ...RSA, e: 65_537 }],
    ['no exponent', { ...RSA, e: undefined }],
    ['a private RSA key', { ...RSA, d: 'AQAB' }],
    ['an RSA key with a prime', { ...RSA, p: 'AQAB' }],
    ['an RSA key with other primes', { ...RSA, oth: [] }],
    ['the kty of the other', { ...EC, kty: 'RSA' }],
    ['an RSA key as EC', { ...RSA, kty: 'EC' }],
    ['a secret', { kty: 'oct', k: encode(randomBytes(32)) }],
    ['Ed25519', { kty: 'OKP', crv: 'Ed25519', x: encode(randomBytes(32)) }],
    ['a list as kty', { ...EC, kty: ['EC'] }],
    ['no kty', { ...EC, kty: undefined }],
    ['JSON text of a key', JSON.stringify(EC)],
    ['a list of a key', [EC]],
    ['null', null],
    ['true', true],
    ['nothing', undefined],
    ['an empty object', {}],
  ])('%s', (_name, jwk) => {
    expect(readDeviceKey(jwk)).toBeUndefined();
  });

  it('any value is refused, and nothing is thrown', () => {
    fc.assert(fc.property(fc.anything(), (value) => void expect(readDeviceKey(value)).toBeUndefined()));
  });

  it('any value of any member is refused, and nothing is thrown', () => {
    const change = fc.tuple(
      fc.constantFrom(EC, RSA),
      fc.constantFrom('kty', 'crv', 'x', 'y', 'n', 'e'),
      fc.jsonValue(),
    );
    fc.assert(
      fc.property(change, ([jwk, name, value]) => {
        if (name in jwk && jwk[name] !== value) expect(readDeviceKey({ ...jwk, [name]: value })).toBeUndefined();
      }),
      { numRuns: 500 },
    );
  });

  it('any 64 bytes are refused unless they are a point of the curve', () => {
    const bytes = fc.uint8Array({ minLength: 32, maxLength: 32 });
    fc.assert(
      fc.property(bytes, bytes, (x, y) => {
        expect(readDeviceKey({ ...EC, x: encode(x), y: encode(y) })).toBeUndefined();
        expect(readDeviceKey({ ...EC, x: EC.x, y: encode(y) })).toBeUndefined();
      }),
    );
  });
});

/** SEC 1, 2.3.3: one byte says whether y is odd, and x follows. */
function compress({ x, y }: Record<string, unknown>): Buffer {
  return Buffer.concat([Buffer.from([2 + ((decode(y).at(-1) ?? 0) & 1)]), decode(x)]);
}
