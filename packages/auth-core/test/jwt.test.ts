// The JWT strategy as an app sees it: what it issues, whom it recognises, until when.

import { describe, expect, it } from 'vitest';
import { ALICE, hs256, NOW, open, outcomeOf, SECONDS, SECRET, strategyOf } from './jwt-forge.ts';

describe('issue', () => {
  it('signs who, for whom, by whom, and until when', () => {
    const issued = strategyOf({ ttlSeconds: 60 }).issue(ALICE);
    const { header, claims } = open(issued.accessToken);
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

  it('lives 15 minutes unless told otherwise', () => {
    expect(strategyOf().issue(ALICE).expiresIn).toBe(900);
  });

  it('never gives two tokens one id', () => {
    const strategy = strategyOf();
    expect(strategy.issue(ALICE).tokenId).not.toBe(strategy.issue(ALICE).tokenId);
  });

  it('refuses a subject that makes a token which would be refused', () => {
    const fits = { ...ALICE, username: 'a'.repeat(5_000) };
    const strategy = strategyOf();
    expect(strategy.authenticate(strategy.issue(fits).accessToken).username).toHaveLength(5_000);
    expect(outcomeOf(() => strategy.issue({ ...ALICE, username: 'a'.repeat(8_000) }))).toBe('ERR_OPTION_INVALID');
    expect(outcomeOf(() => strategy.issue({ ...ALICE, userId: '' }))).toBe('ERR_OPTION_INVALID');
  });
});

describe('authenticate', () => {
  it('answers the subject, with the token as its credential', () => {
    const strategy = strategyOf();
    const { accessToken, tokenId, expiresAt } = strategy.issue(ALICE);
    expect(strategy.authenticate(accessToken)).toEqual({ ...ALICE, credential: { kind: 'jwt', tokenId, expiresAt } });
  });

  it('keeps names in any script', () => {
    const strategy = strategyOf();
    const subject = { userId: 'ü-1', username: 'Zoë "🦊" \\ \u2028', roles: [] };
    expect(strategy.authenticate(strategy.issue(subject).accessToken)).toMatchObject(subject);
  });

  it('answers a fresh principal each time', () => {
    const strategy = strategyOf();
    const { accessToken } = strategy.issue(ALICE);
    const first = strategy.authenticate(accessToken);
    (first.roles as string[]).push('admin');
    expect(strategy.authenticate(accessToken).roles).toEqual(['reader']);
  });

  it('recognises on one server what another with the same secret signed', () => {
    expect(strategyOf().authenticate(strategyOf().issue(ALICE).accessToken).userId).toBe('u-1');
  });
});

describe('time', () => {
  /** The outcome of a token with these claims, `ms` after NOW. */
  function at(ms: number, claims: object, leewaySeconds = 0): string {
    const token = strategyOf().issue(ALICE).accessToken;
    const { header, claims: ours } = open(token);
    const strategy = strategyOf({ clock: () => NOW + ms, leewaySeconds });
    return outcomeOf(() => strategy.authenticate(hs256(header, { ...ours, ...claims })));
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
  ])('%s %o at +%i ms, leeway %i s: %s', (_, claims, ms, leeway, outcome) => {
    expect(at(ms, claims, leeway)).toBe(outcome);
  });

  it('a token issued at any millisecond lives until its exp and no longer', () => {
    let now = NOW + 999;
    const strategy = strategyOf({ clock: () => now, ttlSeconds: 10 });
    const { accessToken, expiresAt } = strategy.issue(ALICE);
    expect(expiresAt).toBe(NOW + 10_000);
    now = expiresAt - 1;
    expect(outcomeOf(() => strategy.authenticate(accessToken))).toBe('accepted');
    now = expiresAt;
    expect(outcomeOf(() => strategy.authenticate(accessToken))).toBe('ERR_TOKEN_EXPIRED');
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
    ['leeway below 0', { leewaySeconds: -1 }],
    ['leeway of an hour', { leewaySeconds: 3600 }],
    ['no keys', { keys: undefined }],
    ['no secret', { keys: { secret: undefined } }],
    ['a secret of 31 bytes', { keys: { secret: 'x'.repeat(31) } }],
  ])('%s is refused', (_, options) => {
    expect(outcomeOf(() => strategyOf(options as never))).toBe('ERR_OPTION_INVALID');
  });

  it('a secret of 32 bytes is enough, as text or bytes', () => {
    expect(outcomeOf(() => strategyOf({ keys: { secret: 'x'.repeat(32) } }))).toBe('accepted');
    expect(outcomeOf(() => strategyOf({ keys: { secret: new Uint8Array(32) } }))).toBe('accepted');
  });

  it('a message never shows the secret', () => {
    const secret = `-----BEGIN PUBLIC KEY-----${SECRET}`;
    expect(() => strategyOf({ keys: { secret } })).toThrow(/^secret must be random bytes, and is a PEM or JWK text\.$/);
  });
});
