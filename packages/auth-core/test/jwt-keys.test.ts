// Keys: the file that an operator writes, several keys or secrets at once, and rotation.

import { generateJwtKeys, isRepetition, type JwtKeySet, parseJwtKeys } from '@statecraft/auth-core';
import { describe, expect, it } from 'vitest';
import { ALICE, createStrategy, NOW, openToken, readErrorCode, readOutcome, SECRET } from './jwt-forge.ts';

const text = generateJwtKeys();
const file = JSON.parse(text);
const [jwk] = file.keys;

const parse = (value: unknown) =>
  readErrorCode(() => parseJwtKeys(typeof value === 'string' ? value : JSON.stringify(value)));
const withKey = (change: object) => ({ ...file, keys: [{ ...jwk, ...change }] });

/** One set of all these keys. `current` signs, the others only verify. */
function joinSets(current: JwtKeySet, others: readonly JwtKeySet[] = [], retireAt?: number): JwtKeySet {
  const verifying = others.flatMap((set) => set.keys).map(({ kid, publicKey }) => ({ kid, publicKey }));
  const retiring = verifying.map((key) => (retireAt === undefined ? key : { ...key, retireAt }));
  return { current: current.current, keys: [...current.keys, ...retiring] };
}

describe('parseJwtKeys', () => {
  it('reads what generateJwtKeys writes', () => {
    const set = parseJwtKeys(text);
    expect(set.current).toBe(jwk.kid);
    expect(set.keys).toHaveLength(1);
  });

  it('two generated keys have two names', () => {
    expect(JSON.parse(generateJwtKeys()).current).not.toBe(file.current);
  });

  it('reads a key that only verifies, with the time of its end', () => {
    const { d: _, ...publicJwk } = JSON.parse(generateJwtKeys()).keys[0];
    const set = parseJwtKeys(JSON.stringify({ ...file, keys: [jwk, { ...publicJwk, retireAt: NOW }] }));
    expect(set.keys[1]).toMatchObject({ kid: publicJwk.kid, retireAt: NOW });
    expect(set.keys[1]).not.toHaveProperty('privateKey');
  });

  it.each<[string, unknown, RegExp]>([
    ['no JSON', '{"current":', /^the key file must be JSON/],
    ['a list', [jwk], /^the key file must be an object/],
    ['no current', { keys: [jwk] }, /^current /],
    ['no keys', { current: jwk.kid }, /^keys must be a list/],
    ['an empty list', { ...file, keys: [] }, /^keys\.keys must be a list of at least one/],
    ['a current that is not there', { ...file, current: 'x' }, /current must be the kid of one/],
    ['a kid twice', { ...file, keys: [jwk, jwk] }, /a kid twice/],
    ['a text as key', { ...file, keys: ['x'] }, /^keys\[0\] must be an object/],
    ['an RSA key', withKey({ kty: 'RSA' }), /^keys\[0\]\.kty must be OKP/],
    ['X25519', withKey({ crv: 'X25519' }), /^keys\[0\]\.crv must be Ed25519/],
    ['a key for encryption', withKey({ use: 'enc' }), /^keys\[0\]\.use must be sig/],
    ['another alg', withKey({ alg: 'ES256' }), /^keys\[0\]\.alg must be EdDSA/],
    ['no kid', withKey({ kid: undefined }), /^keys\[0\]\.kid /],
    ['a kid with a line break', withKey({ kid: 'a\nb' }), /\.kid must be 1 to 64/],
    ['a short x', withKey({ x: jwk.x.slice(1) }), /^keys\[0\]\.x must be 32 bytes/],
    ['no x', withKey({ x: undefined }), /^keys\[0\]\.x must be 32 bytes/],
    ['a short d', withKey({ d: 'AAAA' }), /^keys\[0\]\.d must be 32 bytes/],
    ['a d of another key', withKey({ d: JSON.parse(generateJwtKeys()).keys[0].d }), /of one pair/],
    ['no d to sign with', withKey({ d: undefined }), /with its private part/],
    ['an end for the key that signs', withKey({ retireAt: NOW }), /without retireAt/],
    ['an end as text', withKey({ retireAt: '2026-11-24' }), /^keys\[0\]\.retireAt must be ms/],
    ['a field of no meaning', withKey({ retiresAt: NOW }), /^keys\[0\] has a field that is not known/],
  ])('%s: ERR_OPTION_INVALID that names the field', (_, value, message) => {
    const given = typeof value === 'string' ? value : JSON.stringify(value);
    expect(() => parseJwtKeys(given)).toThrow(message);
    expect(parse(value)).toBe('ERR_OPTION_INVALID');
  });

  it('shows no key material, whatever is wrong', () => {
    const broken = [
      text.slice(0, -4),
      withKey({ d: `${jwk.d}x` }),
      withKey({ x: `${jwk.d}` }),
      withKey({ [jwk.d]: 1 }),
    ];
    for (const value of broken) {
      const shown: string[] = [];
      try {
        parseJwtKeys(typeof value === 'string' ? value : JSON.stringify(value));
      } catch (error) {
        for (let at: unknown = error; at instanceof Error; at = at.cause) shown.push(String(at.stack));
      }
      expect(shown).not.toEqual([]);
      expect(shown.join()).not.toContain(jwk.d.slice(0, 12));
    }
  });
});

describe('jwks', () => {
  it('publishes the public parts of the keys that verify, and nothing else', () => {
    const old = parseJwtKeys(generateJwtKeys());
    const { keys } = createStrategy({ keys: joinSets(parseJwtKeys(text), [old]) }).jwks();
    expect(keys[0]).toEqual({ kty: 'OKP', crv: 'Ed25519', x: jwk.x, kid: jwk.kid, use: 'sig', alg: 'EdDSA' });
    expect(keys.map((key) => key.kid)).toEqual([jwk.kid, old.current]);
    expect(JSON.stringify(keys)).not.toContain(jwk.d);
  });

  it('is empty with a secret', () => {
    expect(createStrategy({ keys: { secret: SECRET } }).jwks()).toEqual({ keys: [] });
  });

  it('leaves out a retired key', () => {
    let now = NOW;
    const keys = joinSets(parseJwtKeys(text), [parseJwtKeys(generateJwtKeys())], NOW + 1000);
    const strategy = createStrategy({ keys, clock: () => now });
    expect(strategy.jwks().keys).toHaveLength(2);
    now = NOW + 1000;
    expect(strategy.jwks().keys.map((key) => key.kid)).toEqual([jwk.kid]);
  });
});

describe('rotation', () => {
  const before = parseJwtKeys(generateJwtKeys());
  const after = parseJwtKeys(generateJwtKeys());

  it('the current key signs', () => {
    const { accessToken } = createStrategy({ keys: joinSets(after, [before]) }).issue(ALICE);
    expect(openToken(accessToken).header).toEqual({ alg: 'EdDSA', typ: 'at+jwt', kid: after.current });
  });

  it('no token is refused on the way from one key to the next, whichever server gets it', () => {
    // Announce the next key everywhere, then sign with it, then let the old one go.
    const steps = [joinSets(before), joinSets(before, [after]), joinSets(after, [before])].map((keys) =>
      createStrategy({ keys }),
    );
    for (const [at, issuer] of steps.entries()) {
      const { accessToken } = issuer.issue(ALICE);
      for (const server of steps.slice(Math.max(0, at - 1), at + 2)) {
        expect(readOutcome(server.authenticate(accessToken))).toBe('accepted');
      }
    }
  });

  it('a token of a key that was taken out is refused', () => {
    const { accessToken } = createStrategy({ keys: before }).issue(ALICE);
    expect(readOutcome(createStrategy({ keys: after }).authenticate(accessToken))).toBe('ERR_TOKEN_INVALID');
  });

  it('a retiring key verifies until retireAt, to the millisecond', () => {
    let now = NOW;
    const { accessToken } = createStrategy({ keys: before }).issue(ALICE);
    const strategy = createStrategy({ keys: joinSets(after, [before], NOW + 1000), clock: () => now });
    now = NOW + 999;
    expect(readOutcome(strategy.authenticate(accessToken))).toBe('accepted');
    now = NOW + 1000;
    expect(readOutcome(strategy.authenticate(accessToken))).toBe('ERR_TOKEN_INVALID');
  });
});

describe('rotation of a secret', () => {
  const FORMER = 'the former secret of the tests, more than 32 bytes';
  const { accessToken } = createStrategy({ keys: { secret: FORMER } }).issue(ALICE);

  it('a token of the former secret is accepted while the secret is in the list', () => {
    expect(readOutcome(createStrategy({ keys: { secret: [SECRET, FORMER] } }).authenticate(accessToken))).toBe(
      'accepted',
    );
    expect(readOutcome(createStrategy({ keys: { secret: [SECRET] } }).authenticate(accessToken))).toBe(
      'ERR_TOKEN_INVALID',
    );
  });

  it('the first secret signs', () => {
    const issued = createStrategy({ keys: { secret: [SECRET, FORMER] } }).issue(ALICE).accessToken;
    expect(readOutcome(createStrategy({ keys: { secret: SECRET } }).authenticate(issued))).toBe('accepted');
  });

  it.each<[string, unknown, RegExp]>([
    ['an empty list', [], /^secret must not be an empty list/],
    ['a short former secret', [SECRET, 'short'], /^secret\[1\] must be at least 32 bytes/],
    ['a former secret that is undefined', [SECRET, undefined], /^secret\[1\] must be a string/],
    ['a former secret that is a JWK', [SECRET, JSON.stringify(jwk)], /^secret\[1\] must be random bytes/],
    ['a secret twice', [SECRET, SECRET], /^secret must not hold a value twice/],
  ])('%s is refused', (_, secret, message) => {
    expect(() => createStrategy({ keys: { secret } as never })).toThrow(message);
    expect(readErrorCode(() => createStrategy({ keys: { secret } as never }))).toBe('ERR_OPTION_INVALID');
  });
});

describe('isRepetition', () => {
  it.each<[string, string | Uint8Array]>([
    ['a repeated letter', 'a'.repeat(64)],
    ['a repeated character of several bytes', '🦊'.repeat(16)],
    ['a repeated byte', new Uint8Array(32)],
    ['a repeated word', 'changeme'.repeat(4)],
    ['a word that is cut short in its last repetition', `${'changeme'.repeat(4)}chang`],
    ['repeated bytes', Uint8Array.from({ length: 32 }, (_, index) => index % 4)],
  ])('%s is found', (_, secret) => {
    expect(isRepetition(secret)).toBe(true);
  });

  it.each<[string, string | Uint8Array]>([
    ['a secret with one other character', `${'a'.repeat(63)}b`],
    ['bytes that differ', Uint8Array.from({ length: 32 }, (_, index) => index)],
  ])('%s is not', (_, secret) => {
    expect(isRepetition(secret)).toBe(false);
  });
});
