// Tokens that were verified before: everybody gets their own, nothing outlives its time, and the room is bounded.

import {
  generateJwtKeys,
  type JwtKeySet,
  type JwtStrategyOptions,
  type Principal,
  parseJwtKeys,
} from '@statecraft/auth-core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createJwtCache, type VerifiedToken } from '../src/strategies/jwt/cache.ts';
import { ALICE, hs256, NOW, open, outcomeOf, SECONDS, strategyOf } from './jwt-forge.ts';

/** A strategy whose clock a test moves. */
function timed(options: Partial<JwtStrategyOptions> = {}) {
  let now = NOW;
  const strategy = strategyOf({ clock: () => now, ...options });
  const at = (ms: number) => {
    now = ms;
  };
  return { strategy, at, judge: (token: string) => judgeOf(strategy, token) };
}

const judgeOf = (strategy: ReturnType<typeof strategyOf>, token: string) =>
  outcomeOf(() => strategy.authenticate(token));

describe('a hit', () => {
  it('answers each of 1,000 users with their own name, whatever the order', () => {
    const strategy = strategyOf();
    const users = Array.from({ length: 1000 }, (_, at) => ({
      userId: `u-${at}`,
      username: `n${at}`,
      roles: [`r${at}`],
    }));
    const tokens = users.map((user) => strategy.issue(user).accessToken);
    const wrong: string[] = [];
    for (let step = 0; step < 5000; step++) {
      const at = (step * 7919) % 1000;
      const { userId, username, roles } = strategy.authenticate(tokens[at] ?? '');
      if (userId !== `u-${at}` || username !== `n${at}` || roles.join() !== `r${at}`) wrong.push(userId);
    }
    expect(wrong).toEqual([]);
    expect(strategy.cacheStats()).toMatchObject({ entries: 1000, evictions: 0 });
    expect(strategy.cacheStats()?.hits).toBeGreaterThanOrEqual(3000);
  });

  it('gives a principal that its request may change: the next one is as the token says', () => {
    const strategy = strategyOf();
    const { accessToken } = strategy.issue(ALICE);
    const expected = structuredClone(strategy.authenticate(accessToken));
    for (let time = 0; time < 3; time++) {
      const principal = strategy.authenticate(accessToken) as { -readonly [K in keyof Principal]: Principal[K] };
      expect(principal).toEqual(expected);
      (principal.roles as string[]).push('admin');
      Object.assign(principal.credential, { tokenId: 'x', expiresAt: 0 });
      principal.userId = 'eve';
    }
  });

  it('dies at exp, and stays dead when the clock goes back', () => {
    const { strategy, at, judge } = timed({ ttlSeconds: 60 });
    const { accessToken } = strategy.issue(ALICE);
    expect([judge(accessToken), judge(accessToken)]).toEqual(['accepted', 'accepted']);
    at(NOW + 59_999);
    expect(judge(accessToken)).toBe('accepted');
    at(NOW + 60_000);
    expect(judge(accessToken)).toBe('ERR_TOKEN_EXPIRED');
    expect(strategy.cacheStats()).toMatchObject({ entries: 0, bytes: 0 });
  });

  it('is refused before nbf when the clock went back', () => {
    const { strategy, at, judge } = timed();
    const { header, claims } = open(strategy.issue(ALICE).accessToken);
    const token = hs256(header, { ...claims, nbf: SECONDS });
    expect([judge(token), judge(token)]).toEqual(['accepted', 'accepted']);
    at(NOW - 1);
    expect(judge(token)).toBe('ERR_TOKEN_INVALID');
  });

  it('takes the leeway as a miss does', () => {
    const { strategy, at, judge } = timed({ ttlSeconds: 60, leewaySeconds: 5 });
    const { accessToken } = strategy.issue(ALICE);
    expect(judge(accessToken)).toBe('accepted');
    at(NOW + 64_999);
    expect(judge(accessToken)).toBe('accepted');
    at(NOW + 65_000);
    expect(judge(accessToken)).toBe('ERR_TOKEN_EXPIRED');
  });
});

/** Two keys: `old` signs at first, `now` afterwards. */
function rotated(retireAt?: number) {
  const [old, now] = [parseJwtKeys(generateJwtKeys()), parseJwtKeys(generateJwtKeys())] as [JwtKeySet, JwtKeySet];
  const [{ kid, publicKey }] = old.keys as [JwtKeySet['keys'][number]];
  const keys = { current: now.current, keys: [...now.keys, { kid, publicKey, ...(retireAt && { retireAt }) }] };
  return { token: strategyOf({ keys: old }).issue(ALICE).accessToken, kid, keys };
}

describe('a key', () => {
  it('that is retired takes its cached tokens along', () => {
    const { token, keys } = rotated(NOW + 1000);
    const { at, judge } = timed({ keys });
    expect([judge(token), judge(token)]).toEqual(['accepted', 'accepted']);
    at(NOW + 1000);
    expect(judge(token)).toBe('ERR_TOKEN_INVALID');
  });

  it('that is removed takes its tokens along at once, and no others', () => {
    const { token, kid, keys } = rotated();
    const { strategy, judge } = timed({ keys });
    const { accessToken } = strategy.issue(ALICE);
    expect([judge(token), judge(token), judge(accessToken)]).toEqual(['accepted', 'accepted', 'accepted']);
    strategy.removeKey(kid);
    expect([judge(token), judge(accessToken)]).toEqual(['ERR_TOKEN_INVALID', 'accepted']);
    expect(strategy.cacheStats()?.entries).toBe(1);
    expect(strategy.jwks().keys.map((key) => key.kid)).toEqual([keys.current]);
  });

  it('cannot be removed when it signs, or when nobody knows it', () => {
    const { strategy } = timed({ keys: rotated().keys });
    const { kid } = open(strategy.issue(ALICE).accessToken).header;
    for (const name of [String(kid), 'x']) {
      expect(outcomeOf(() => strategy.removeKey(name))).toBe('ERR_OPTION_INVALID');
    }
  });
});

describe('revocation', () => {
  it('is asked at every request, hit or miss, with the request’s own principal', () => {
    const revoked = new Set<string>();
    const asked: Principal[] = [];
    const strategy = strategyOf({ isRevoked: (who) => asked.push(who) > 0 && revoked.has(who.userId) });
    const { accessToken } = strategy.issue(ALICE);
    expect([0, 1].map(() => judgeOf(strategy, accessToken))).toEqual(['accepted', 'accepted']);
    revoked.add(ALICE.userId);
    expect(judgeOf(strategy, accessToken)).toBe('ERR_TOKEN_INVALID');
    expect(judgeOf(strategyOf({ isRevoked: () => true }), accessToken)).toBe('ERR_TOKEN_INVALID');
    expect(new Set(asked).size).toBe(3);
  });

  it('that cannot answer fails the request, and does not call the token invalid', () => {
    const strategy = strategyOf({
      isRevoked: () => {
        throw new Error('the list is not there');
      },
    });
    expect(judgeOf(strategy, strategy.issue(ALICE).accessToken)).toMatch(/the list is not there/);
  });
});

describe('a flood', () => {
  const limits = { maxEntries: 100, maxBytes: 1_000_000 };
  const signedIn = () => {
    const strategy = strategyOf({ cache: limits });
    const tokens = Array.from({ length: 50 }, () => strategy.issue(ALICE).accessToken);
    for (const token of [...tokens, ...tokens]) strategy.authenticate(token);
    const hitsOf = () => {
      const before = strategy.cacheStats()?.hits ?? 0;
      for (const token of tokens) strategy.authenticate(token);
      return (strategy.cacheStats()?.hits ?? 0) - before;
    };
    return { strategy, hitsOf, token: tokens[0] ?? '' };
  };

  it('of bad tokens leaves the cache as it is', () => {
    const { strategy, hitsOf, token } = signedIn();
    const before = strategy.cacheStats();
    const [header, payload, signature] = token.split('.');
    for (let at = 0; at < 1000; at++) {
      const forged = Buffer.from(JSON.stringify({ ...open(token).claims, sub: `eve-${at}` })).toString('base64url');
      judgeOf(strategy, `${header}.${forged}.${signature}`);
      judgeOf(strategy, hs256(open(token).header, open(token).claims, `another secret of more than 32 bytes ${at}`));
      judgeOf(strategy, `${header}.${payload}.${at}`);
    }
    expect(strategy.cacheStats()).toMatchObject({ entries: before?.entries, bytes: before?.bytes, evictions: 0 });
    expect(hitsOf()).toBe(50);
  });

  it('of good tokens that come once each leaves the cache as it is', () => {
    const { strategy, hitsOf } = signedIn();
    const before = strategy.cacheStats();
    for (let at = 0; at < 1000; at++) strategy.authenticate(strategy.issue(ALICE).accessToken);
    expect(strategy.cacheStats()).toMatchObject({ entries: before?.entries, bytes: before?.bytes, evictions: 0 });
    expect(hitsOf()).toBe(50);
  });
});

describe('the room', () => {
  const verified = (roles: string[] = []): VerifiedToken<string> => ({
    key: 'k',
    principal: { userId: 'u', username: 'n', roles, credential: { kind: 'jwt', tokenId: 't', expiresAt: 0 } },
    validFrom: 0,
    validUntil: 1,
  });

  it('is never exceeded, is counted right, and what is answered is that very token’s', () => {
    const step = fc.record({ name: fc.nat(40), size: fc.nat(60), act: fc.constantFrom('get', 'use', 'remove') });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 300 }), fc.integer({ min: 1, max: 12 }), (steps, maxEntries) => {
        const maxBytes = 5_000;
        const cache = createJwtCache<string>({ maxEntries, maxBytes });
        const added = new Map<string, VerifiedToken<string>>();
        let gets = 0;
        for (const { name, size, act } of steps) {
          const token = `h.${'p'.repeat(size)}.${name}`;
          if (act === 'remove') cache.remove(token);
          else {
            gets++;
            const known = cache.get(token);
            if (known !== undefined) expect(known).toBe(added.get(token));
            else {
              added.set(token, verified([String(name)]));
              cache.add(token, added.get(token) ?? verified());
            }
          }
          const { entries, bytes, hits, misses } = cache.stats();
          expect(entries).toBeLessThanOrEqual(maxEntries);
          expect(bytes).toBeLessThanOrEqual(maxBytes);
          expect(bytes).toBeGreaterThanOrEqual(entries * 540);
          expect(hits + misses).toBe(gets);
        }
        cache.removeKey('k');
        expect(cache.stats()).toMatchObject({ entries: 0, bytes: 0 });
      }),
    );
  });

  it('is not for who came once', () => {
    expect(hereAfter('aabbc')).toBe('ab');
  });

  it('is made by the oldest that did not come since it was passed over', () => {
    expect(hereAfter('aabbccddee' + 'ff')).toBe('bcdef');
    expect(hereAfter('aabbccddee' + 'a' + 'ff')).toBe('acdef');
    expect(hereAfter('aabbccddee' + 'a' + 'ffgghhii')).toBe('afghi');
  });

  /** What is in a cache of five after these came; each is looked up in a cache of its own, because looking changes it. */
  function hereAfter(comes: string): string {
    const isHere = (name: string) => {
      const cache = createJwtCache<string>({ maxEntries: 5, maxBytes: 1_000_000 });
      for (const token of [...comes].map((come) => `h.p.${come}`)) cache.get(token) ?? cache.add(token, verified());
      return cache.get(`h.p.${name}`) !== undefined;
    };
    return [...'abcdefghi'].filter(isHere).join('');
  }

  it('is none with cache: false', () => {
    const strategy = strategyOf({ cache: false });
    const { accessToken } = strategy.issue(ALICE);
    expect([judgeOf(strategy, accessToken), judgeOf(strategy, accessToken)]).toEqual(['accepted', 'accepted']);
    expect(strategy.cacheStats()).toBeUndefined();
  });

  it.each([{ maxEntries: 0 }, { maxBytes: 0.5 }, { maxEntries: Number.NaN }, { entries: 1 }])('is not %j', (cache) => {
    expect(outcomeOf(() => strategyOf({ cache: cache as never }))).toBe('ERR_OPTION_INVALID');
  });
});
