// The JWT strategy as an application sees it: what it issues, whom it recognises, and until when.

import { createJwtStrategy, type JwtStrategyOptions } from '@statecraft/auth-core';
import { describe, expect, it } from 'vitest';
import {
  ALICE,
  createStrategy,
  hs256,
  NOW,
  openToken,
  readErrorCode,
  readOutcome,
  readPrincipal,
  SECONDS,
  SECRET,
} from './jwt-forge.ts';

describe('issue', () => {
  it('a token names the user, the issuer, the audience and its end', () => {
    const issued = createStrategy({ ttlSeconds: 60 }).issue(ALICE);
    const { header, claims } = openToken(issued.accessToken);
    expect(header).toEqual({ alg: 'HS256', typ: 'at+jwt', kid: expect.stringMatching(/^hs-/) });
    expect(claims).toEqual({
      iss: 'iss',
      aud: 'aud',
      sub: 'u-1',
      username: 'alice',
      roles: ['reader'],
      iat: SECONDS,
      exp: SECONDS + 60,
      jti: issued.tokenId,
    });
    expect(issued).toMatchObject({ expiresAt: NOW + 60_000, expiresIn: 60 });
  });

  it('a token lives 15 minutes by default', () => {
    expect(createStrategy().issue(ALICE).expiresIn).toBe(900);
  });

  it('two tokens never have the same id', () => {
    const strategy = createStrategy();
    expect(strategy.issue(ALICE).tokenId).not.toBe(strategy.issue(ALICE).tokenId);
  });

  it('a subject that makes a token of more than 8,192 bytes is refused', () => {
    const strategy = createStrategy();
    const fits = strategy.issue({ ...ALICE, username: 'a'.repeat(5_000) });
    expect(readPrincipal(strategy.authenticate(fits.accessToken)).username).toHaveLength(5_000);
    expect(readErrorCode(() => strategy.issue({ ...ALICE, username: 'a'.repeat(8_000) }))).toBe('ERR_OPTION_INVALID');
  });

  it.each<[string, object, RegExp]>([
    ['a number as userId', { userId: 1 }, /^subject\.userId /],
    ['an empty userId', { userId: '' }, /^subject\.userId /],
    ['no username', { username: undefined }, /^subject\.username /],
    ['no roles', { roles: undefined }, /^subject\.roles /],
    ['a string as roles', { roles: 'admin' }, /^subject\.roles /],
    ['a number in roles', { roles: ['admin', 1] }, /^subject\.roles /],
    ['an unknown field', { tenant: 't-1' }, /^subject\.tenant /],
  ])('a subject with %s is refused with the name of the field', (_, change, message) => {
    const issue = () => createStrategy().issue({ ...ALICE, ...change } as never);
    expect(issue).toThrow(message);
    expect(readErrorCode(issue)).toBe('ERR_SUBJECT_INVALID');
  });

  it('an unknown option is refused with its name', () => {
    const issue = () => createStrategy().issue(ALICE, { tenant: 't-1' } as never);
    expect(issue).toThrow(/"tenant"/);
    expect(readErrorCode(issue)).toBe('ERR_OPTION_INVALID');
  });
});

describe('authenticate', () => {
  it('the outcome has the subject, with the token as its credential', () => {
    const strategy = createStrategy();
    const { accessToken, tokenId, expiresAt } = strategy.issue(ALICE);
    const principal = { ...ALICE, credential: { kind: 'jwt', tokenId, expiresAt } };
    expect(strategy.authenticate(accessToken)).toMatchObject({ principal });
  });

  it('the evidence has all claims of the token', () => {
    const strategy = createStrategy();
    const { accessToken } = strategy.issue(ALICE);
    expect(strategy.authenticate(accessToken)).toHaveProperty('evidence.claims', openToken(accessToken).claims);
  });

  it('names in any script are kept', () => {
    const strategy = createStrategy();
    const subject = { userId: 'ü-1', username: 'Zoë "🦊" \\ \u2028', roles: [] };
    expect(readPrincipal(strategy.authenticate(strategy.issue(subject).accessToken))).toMatchObject(subject);
  });

  it('a server recognises what another server with the same secret signed', () => {
    expect(readPrincipal(createStrategy().authenticate(createStrategy().issue(ALICE).accessToken)).userId).toBe('u-1');
  });
});

describe('custom claims', () => {
  interface ShopClaims {
    readonly tenant: string;
    readonly limits?: { readonly orders: number };
  }
  const strategy = createJwtStrategy<ShopClaims>({ issuer: 'iss', audience: 'aud', keys: { secret: SECRET } });

  function readClaims(token: string) {
    const outcome = strategy.authenticate(token);
    if (outcome instanceof Promise || outcome.refused !== undefined) throw new TypeError('The token is not accepted.');
    return outcome.evidence.claims;
  }

  it('claims that issue gets are in the evidence, with their type', () => {
    const { accessToken } = strategy.issue(ALICE, { claims: { tenant: 't-1', limits: { orders: 5 } } });
    const tenant: string | undefined = readClaims(accessToken).tenant;
    expect(tenant).toBe('t-1');
    expect(readClaims(accessToken).limits?.orders).toBe(5);
  });

  it('claims of the evidence cannot be changed, because requests share them', () => {
    const { accessToken } = strategy.issue(ALICE, { claims: { tenant: 't-1', limits: { orders: 5 } } });
    const claims = readClaims(accessToken);
    expect(() => Object.assign(claims, { tenant: 't-2' })).toThrow(TypeError);
    expect(() => Object.assign(claims.limits ?? {}, { orders: 6 })).toThrow(TypeError);
    expect(() => (claims.roles as string[]).push('admin')).toThrow(TypeError);
    expect(readClaims(accessToken)).toMatchObject({ tenant: 't-1', limits: { orders: 5 }, roles: ['reader'] });
  });

  it.each(['iss', 'aud', 'sub', 'username', 'roles', 'iat', 'exp', 'nbf', 'jti'])(
    'the name %s is refused, because the strategy writes it',
    (name) => {
      const issue = () => strategy.issue(ALICE, { claims: { tenant: 't-1', [name]: 'x' } });
      expect(issue).toThrow(new RegExp(`^claims\\.${name} `));
      expect(readErrorCode(issue)).toBe('ERR_OPTION_INVALID');
    },
  );

  it('the name __proto__ is refused', () => {
    const claims = JSON.parse('{"tenant":"t-1","__proto__":{"roles":["admin"]}}');
    expect(readErrorCode(() => strategy.issue(ALICE, { claims }))).toBe('ERR_OPTION_INVALID');
  });

  it.each<[string, unknown]>([
    ['a Map', new Map([['orders', 5]])],
    ['NaN', Number.NaN],
    ['a function', () => 5],
    ['a BigInt', 5n],
  ])('%s is refused with the name of the claim, because JSON would lose it', (_, limits) => {
    const issue = () => strategy.issue(ALICE, { claims: { tenant: 't-1', limits } as never });
    expect(issue).toThrow(/^claims\.limits /);
    expect(readErrorCode(issue)).toBe('ERR_OPTION_INVALID');
  });

  it.each([
    ['a list', []],
    ['null', null],
    ['a string', 'tenant'],
  ])('%s is not accepted as claims', (_, claims) => {
    expect(readErrorCode(() => strategy.issue(ALICE, { claims } as never))).toBe('ERR_OPTION_INVALID');
  });

  it('claims may take 4,096 characters of JSON, and no more', () => {
    const sized = (length: number) => ({ tenant: 'x'.repeat(length - '{"tenant":""}'.length) });
    expect(readErrorCode(() => strategy.issue(ALICE, { claims: sized(4_096) }))).toBe('none');
    expect(readErrorCode(() => strategy.issue(ALICE, { claims: sized(4_097) }))).toBe('ERR_OPTION_INVALID');
  });
});

describe('time', () => {
  /** The outcome of a token with these claims, `ms` after NOW. */
  function judgeAfter(ms: number, claims: object, options: Partial<JwtStrategyOptions> = {}): string {
    const { header, claims: issued } = openToken(createStrategy().issue(ALICE).accessToken);
    const strategy = createStrategy({ ...options, clock: () => NOW + ms });
    return readOutcome(strategy.authenticate(hs256(header, { ...issued, ...claims })));
  }
  const exp = SECONDS + 60;
  const nbf = SECONDS + 60;

  it.each([
    ['exp', { exp }, 59_000, 0, 'accepted'],
    ['exp', { exp }, 59_999, 0, 'accepted'],
    ['exp', { exp }, 60_000, 0, 'ERR_TOKEN_EXPIRED'],
    ['exp', { exp }, 61_000, 0, 'ERR_TOKEN_EXPIRED'],
    ['exp with leeway', { exp }, 64_999, 5, 'accepted'],
    ['exp with leeway', { exp }, 65_000, 5, 'ERR_TOKEN_EXPIRED'],
    ['nbf', { nbf, exp: exp + 600 }, 59_000, 0, 'ERR_TOKEN_INVALID'],
    ['nbf', { nbf, exp: exp + 600 }, 59_999, 0, 'ERR_TOKEN_INVALID'],
    ['nbf', { nbf, exp: exp + 600 }, 60_000, 0, 'accepted'],
    ['nbf', { nbf, exp: exp + 600 }, 61_000, 0, 'accepted'],
    ['nbf with leeway', { nbf, exp: exp + 600 }, 54_999, 5, 'ERR_TOKEN_INVALID'],
    ['nbf with leeway', { nbf, exp: exp + 600 }, 55_000, 5, 'accepted'],
    ['iat', {}, -60_001, 0, 'ERR_TOKEN_INVALID'],
    ['iat', {}, -60_000, 0, 'accepted'],
    ['iat with leeway', {}, -65_001, 5, 'ERR_TOKEN_INVALID'],
    ['iat with leeway', {}, -65_000, 5, 'accepted'],
  ])('%s %o at %i ms with a leeway of %i s: %s', (_, claims, ms, leewaySeconds, outcome) => {
    expect(judgeAfter(ms, claims, { leewaySeconds })).toBe(outcome);
  });

  it.each([
    ['as long as the strategy issues', { exp: SECONDS + 900 }, 'accepted'],
    ['a minute longer', { exp: SECONDS + 960 }, 'accepted'],
    ['more than a minute longer', { exp: SECONDS + 961 }, 'ERR_TOKEN_INVALID'],
    ['until the end of dates', { exp: 8.64e12 }, 'ERR_TOKEN_INVALID'],
    ['from long ago', { iat: 0, exp: SECONDS + 60 }, 'ERR_TOKEN_INVALID'],
  ])('a token that lives %s: %o, %s', (_, claims, outcome) => {
    expect(judgeAfter(0, claims)).toBe(outcome);
  });

  it('maxTtlSeconds accepts the tokens of a longer ttl of before', () => {
    const { accessToken } = createStrategy({ ttlSeconds: 3_600 }).issue(ALICE);
    const outcomes = [{}, { maxTtlSeconds: 3_600 }].map((options) =>
      readOutcome(createStrategy({ ttlSeconds: 900, ...options }).authenticate(accessToken)),
    );
    expect(outcomes).toEqual(['ERR_TOKEN_INVALID', 'accepted']);
  });

  it('a token issued at any millisecond lives until its exp and no longer', () => {
    let now = NOW + 999;
    const strategy = createStrategy({ clock: () => now, ttlSeconds: 10 });
    const { accessToken, expiresAt } = strategy.issue(ALICE);
    expect(expiresAt).toBe(NOW + 10_000);
    now = expiresAt - 1;
    expect(readOutcome(strategy.authenticate(accessToken))).toBe('accepted');
    now = expiresAt;
    expect(readOutcome(strategy.authenticate(accessToken))).toBe('ERR_TOKEN_EXPIRED');
  });
});

describe('options', () => {
  it.each([
    ['an unknown option', { ttl: 60 }],
    ['no issuer', { issuer: '' }],
    ['a list as audience', { audience: ['aud'] }],
    ['a lifetime of 0', { ttlSeconds: 0 }],
    ['a lifetime of NaN', { ttlSeconds: Number.NaN }],
    ['a lifetime as text', { ttlSeconds: '1h30m' }],
    ['half a second', { ttlSeconds: 0.5 }],
    ['a maximum below the lifetime', { ttlSeconds: 900, maxTtlSeconds: 899 }],
    ['leeway below 0', { leewaySeconds: -1 }],
    ['leeway of an hour', { leewaySeconds: 3600 }],
    ['a number as clock', { clock: NOW }],
    ['a list as isRevoked', { isRevoked: ['u-1'] }],
    ['no keys', { keys: undefined }],
    ['no secret', { keys: { secret: undefined } }],
    ['a number as secret', { keys: { secret: 64 } }],
    ['a secret of 31 bytes', { keys: { secret: 'x'.repeat(31) } }],
    ['an unknown field beside the secret', { keys: { secret: SECRET, previous: [SECRET] } }],
  ])('%s is refused', (_, options) => {
    expect(readErrorCode(() => createStrategy(options as never))).toBe('ERR_OPTION_INVALID');
  });

  it('a secret of 32 bytes is accepted, as text or bytes', () => {
    expect(readErrorCode(() => createStrategy({ keys: { secret: 'x'.repeat(32) } }))).toBe('none');
    expect(readErrorCode(() => createStrategy({ keys: { secret: new Uint8Array(32) } }))).toBe('none');
  });

  it('an error never shows the secret', () => {
    const secret = `-----BEGIN PUBLIC KEY-----${SECRET}`;
    expect(() => createStrategy({ keys: { secret } })).toThrow(
      /^secret must be random bytes, and is a PEM or JWK text\.$/,
    );
  });
});
