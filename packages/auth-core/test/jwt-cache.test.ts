// Tokens that were verified before: each request gets its own principal, no token outlives its time, and the cache is
// bounded.

import {
  AuthError,
  generateJwtKeys,
  type JwtKeySet,
  type JwtStrategy,
  type JwtStrategyOptions,
  type Principal,
  parseJwtKeys,
} from '@statecraft/auth-core';
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
} from './jwt-forge.ts';

const judge = (strategy: JwtStrategy, token: string) => readOutcome(strategy.authenticate(token));

/** A strategy whose clock a test moves. */
function createTimedStrategy(options: Partial<JwtStrategyOptions> = {}) {
  let now = NOW;
  const strategy = createStrategy({ clock: () => now, ...options });
  const setTime = (ms: number) => {
    now = ms;
  };
  return { strategy, setTime, judge: (token: string) => judge(strategy, token) };
}

describe('a token in the cache', () => {
  it('each of 1,000 users is answered with their own name, in any order', () => {
    const strategy = createStrategy();
    const users = Array.from({ length: 1000 }, (_, at) => ({
      userId: `u-${at}`,
      username: `n${at}`,
      roles: [`r${at}`],
    }));
    const tokens = users.map((user) => strategy.issue(user).accessToken);
    const wrong: string[] = [];
    for (let step = 0; step < 5000; step++) {
      const at = (step * 7919) % 1000;
      const { userId, username, roles } = readPrincipal(strategy.authenticate(tokens[at] ?? ''));
      if (userId !== `u-${at}` || username !== `n${at}` || roles.join() !== `r${at}`) wrong.push(userId);
    }
    expect(wrong).toEqual([]);
    expect(strategy.cacheStats()).toMatchObject({ entries: 1000, hits: 3000, misses: 2000, evictions: 0 });
  });

  it('a request that changes its principal changes no other', () => {
    const strategy = createStrategy();
    const { accessToken } = strategy.issue(ALICE);
    const expected = structuredClone(readPrincipal(strategy.authenticate(accessToken)));
    for (let time = 0; time < 3; time++) {
      const principal = readPrincipal(strategy.authenticate(accessToken)) as {
        -readonly [K in keyof Principal]: Principal[K];
      };
      expect(principal).toEqual(expected);
      (principal.roles as string[]).push('admin');
      Object.assign(principal.credential, { tokenId: 'x', expiresAt: 0 });
      principal.userId = 'eve';
    }
  });

  it('a token is refused from its exp on, and still when the clock goes back a little', () => {
    const { strategy, setTime, judge } = createTimedStrategy({ ttlSeconds: 60 });
    const { accessToken } = strategy.issue(ALICE);
    expect([judge(accessToken), judge(accessToken)]).toEqual(['accepted', 'accepted']);
    setTime(NOW + 59_999);
    expect(judge(accessToken)).toBe('accepted');
    setTime(NOW + 60_000);
    expect(judge(accessToken)).toBe('ERR_TOKEN_EXPIRED');
    expect(strategy.cacheStats()).toMatchObject({ entries: 0, bytes: 0 });
  });

  it('a token is refused before its nbf when the clock went back', () => {
    const { strategy, setTime, judge } = createTimedStrategy();
    const { header, claims } = openToken(strategy.issue(ALICE).accessToken);
    const token = hs256(header, { ...claims, nbf: SECONDS });
    expect([judge(token), judge(token)]).toEqual(['accepted', 'accepted']);
    setTime(NOW - 1);
    expect(judge(token)).toBe('ERR_TOKEN_INVALID');
  });

  it('the leeway holds for a cached token as for a new one', () => {
    const { strategy, setTime, judge } = createTimedStrategy({ ttlSeconds: 60, leewaySeconds: 5 });
    const { accessToken } = strategy.issue(ALICE);
    expect(judge(accessToken)).toBe('accepted');
    setTime(NOW + 64_999);
    expect(judge(accessToken)).toBe('accepted');
    setTime(NOW + 65_000);
    expect(judge(accessToken)).toBe('ERR_TOKEN_EXPIRED');
  });

  it('another token with the signature of a cached one is refused and does not remove it', () => {
    const { strategy, judge } = createTimedStrategy();
    const { accessToken } = strategy.issue(ALICE);
    expect([judge(accessToken), judge(accessToken)]).toEqual(['accepted', 'accepted']);
    const [header, , signature] = accessToken.split('.');
    const payload = Buffer.from(JSON.stringify({ ...openToken(accessToken).claims, sub: 'eve' })).toString('base64url');
    expect(judge(`${header}.${payload}.${signature}`)).toBe('ERR_TOKEN_INVALID');
    expect(strategy.cacheStats()).toMatchObject({ entries: 1 });
    expect(readPrincipal(strategy.authenticate(accessToken)).userId).toBe(ALICE.userId);
  });
});

/** Two keys. `old` signed the token, the other one signs from now on. */
function rotateKeys(retireAt?: number) {
  const [old, next] = [parseJwtKeys(generateJwtKeys()), parseJwtKeys(generateJwtKeys())] as [JwtKeySet, JwtKeySet];
  const [{ kid, publicKey }] = old.keys as [JwtKeySet['keys'][number]];
  const keys = { current: next.current, keys: [...next.keys, { kid, publicKey, ...(retireAt && { retireAt }) }] };
  return { token: createStrategy({ keys: old }).issue(ALICE).accessToken, kid, keys };
}

describe('the key of a cached token', () => {
  it('a cached token is refused when its key is retired', () => {
    const { token, keys } = rotateKeys(NOW + 1000);
    const { setTime, judge } = createTimedStrategy({ keys });
    expect([judge(token), judge(token)]).toEqual(['accepted', 'accepted']);
    setTime(NOW + 1000);
    expect(judge(token)).toBe('ERR_TOKEN_INVALID');
  });

  it('the tokens of a removed key are refused immediately, and no others', () => {
    const { token, kid, keys } = rotateKeys();
    const { strategy, judge } = createTimedStrategy({ keys });
    const { accessToken } = strategy.issue(ALICE);
    for (const used of [token, token, accessToken, accessToken]) expect(judge(used)).toBe('accepted');
    strategy.removeKey(kid);
    expect(strategy.cacheStats()).toMatchObject({ entries: 1 });
    expect([judge(token), judge(accessToken)]).toEqual(['ERR_TOKEN_INVALID', 'accepted']);
    expect(strategy.jwks().keys.map((key) => key.kid)).toEqual([keys.current]);
  });

  it('the key that signs cannot be removed, nor an unknown one', () => {
    const { strategy } = createTimedStrategy({ keys: rotateKeys().keys });
    const { kid } = openToken(strategy.issue(ALICE).accessToken).header;
    for (const name of [String(kid), 'x']) {
      expect(readErrorCode(() => strategy.removeKey(name))).toBe('ERR_OPTION_INVALID');
    }
  });
});

describe('revocation', () => {
  it('isRevoked is called at every request, cached or not, with the principal of the request', () => {
    const revoked = new Set<string>();
    const asked: Principal[] = [];
    const strategy = createStrategy({ isRevoked: (principal) => asked.push(principal) > 0 && revoked.has('u-1') });
    const { accessToken } = strategy.issue(ALICE);
    expect([judge(strategy, accessToken), judge(strategy, accessToken)]).toEqual(['accepted', 'accepted']);
    revoked.add(ALICE.userId);
    expect(judge(strategy, accessToken)).toBe('ERR_TOKEN_INVALID');
    expect(new Set(asked).size).toBe(3);
  });

  it('isRevoked gets the verified token, so that it can compare iat', () => {
    const asked: number[] = [];
    const strategy = createStrategy({ isRevoked: (_, { claims }) => asked.push(claims.iat) === 0 });
    judge(strategy, strategy.issue(ALICE).accessToken);
    expect(asked).toEqual([SECONDS]);
  });

  it.each([
    ['false', false, undefined],
    ['true', true, 'ERR_TOKEN_INVALID'],
  ])('isRevoked may answer a promise of %s', async (_, answer, refused) => {
    const strategy = createStrategy({ isRevoked: async () => answer });
    const outcome = await strategy.authenticate(strategy.issue(ALICE).accessToken);
    expect(outcome.refused).toBe(refused);
  });

  const failure = new Error('the list is down');
  const isFailure = (error: unknown) =>
    error instanceof AuthError && error.code === 'ERR_STORE_UNAVAILABLE' && error.cause === failure;

  it('isRevoked that throws is a failed system, not a refused token', () => {
    const strategy = createStrategy({
      isRevoked: () => {
        throw failure;
      },
    });
    const { accessToken } = strategy.issue(ALICE);
    expect(() => strategy.authenticate(accessToken)).toThrow(expect.toSatisfy(isFailure));
  });

  it('isRevoked that rejects is a failed system, not a refused token', async () => {
    const strategy = createStrategy({ isRevoked: async () => Promise.reject(failure) });
    const { accessToken } = strategy.issue(ALICE);
    await expect(strategy.authenticate(accessToken)).rejects.toSatisfy(isFailure);
  });
});

describe('a flood of tokens', () => {
  function signInFifty() {
    const strategy = createStrategy({ cache: { maxEntries: 100, maxBytes: 1_000_000 } });
    const tokens = Array.from({ length: 50 }, () => strategy.issue(ALICE).accessToken);
    const sendAll = () => {
      for (const token of tokens) strategy.authenticate(token);
    };
    sendAll();
    sendAll();
    const countHits = () => {
      const before = strategy.cacheStats()?.hits ?? 0;
      sendAll();
      return (strategy.cacheStats()?.hits ?? 0) - before;
    };
    return { strategy, countHits, token: tokens[0] ?? '' };
  }

  it('bad tokens change nothing in the cache', () => {
    const { strategy, countHits, token } = signInFifty();
    const before = strategy.cacheStats();
    const [header, payload, signature] = token.split('.');
    for (let at = 0; at < 1000; at++) {
      const forged = Buffer.from(JSON.stringify({ ...openToken(token).claims, sub: `eve-${at}` })).toString(
        'base64url',
      );
      judge(strategy, `${header}.${forged}.${signature}`);
      judge(strategy, hs256(openToken(token).header, openToken(token).claims, `another secret of the tests, ${at}`));
      judge(strategy, `${header}.${payload}.${at}`);
    }
    expect(strategy.cacheStats()).toMatchObject({ entries: before?.entries, bytes: before?.bytes, evictions: 0 });
    expect(countHits()).toBe(50);
  });

  it('good tokens that come once change nothing in the cache', () => {
    const { strategy, countHits } = signInFifty();
    const before = strategy.cacheStats();
    for (let one = 0; one < 1000; one++) strategy.authenticate(strategy.issue(ALICE).accessToken);
    expect(strategy.cacheStats()).toMatchObject({ entries: before?.entries, bytes: before?.bytes, evictions: 0 });
    expect(countHits()).toBe(50);
  });

  it('good tokens that come twice remove none that is used in between', () => {
    const { strategy, countHits } = signInFifty();
    const hits = Array.from({ length: 25 }, () => {
      for (let one = 0; one < 40; one++) {
        const { accessToken } = strategy.issue(ALICE);
        strategy.authenticate(accessToken);
        strategy.authenticate(accessToken);
      }
      return countHits();
    });
    expect(hits).toEqual(hits.map(() => 50));
    expect(strategy.cacheStats()?.evictions).toBeGreaterThan(0);
  });
});

describe('the limits', () => {
  it('no more than maxBytes are kept', () => {
    const strategy = createStrategy({ cache: { maxBytes: 10_000 } });
    for (let one = 0; one < 100; one++) {
      const { accessToken } = strategy.issue(ALICE);
      for (let use = 0; use < 2; use++) strategy.authenticate(accessToken);
    }
    const { entries = 0, bytes = 0 } = strategy.cacheStats() ?? {};
    expect(entries).toBeGreaterThan(1);
    expect(bytes).toBeLessThanOrEqual(10_000);
  });

  it('a token is kept from its second use on', () => {
    const strategy = createStrategy();
    const { accessToken } = strategy.issue(ALICE);
    const entries = [1, 2, 3].map(() => judge(strategy, accessToken) && strategy.cacheStats()?.entries);
    expect(entries).toEqual([0, 1, 1]);
    expect(strategy.cacheStats()).toMatchObject({ hits: 1, misses: 2 });
  });

  it('a first use is forgotten after twice as many first uses as the cache has room for', () => {
    const strategy = createStrategy({ cache: { maxEntries: 10 } });
    const countEntriesAfter = (others: number) => {
      const { accessToken } = strategy.issue(ALICE);
      const before = strategy.cacheStats()?.entries ?? 0;
      strategy.authenticate(accessToken);
      for (let one = 0; one < others; one++) strategy.authenticate(strategy.issue(ALICE).accessToken);
      strategy.authenticate(accessToken);
      return (strategy.cacheStats()?.entries ?? 0) - before;
    };
    expect([countEntriesAfter(5), countEntriesAfter(20)]).toEqual([1, 0]);
  });

  it('nothing is kept with cache: false', () => {
    const strategy = createStrategy({ cache: false });
    const { accessToken } = strategy.issue(ALICE);
    expect([judge(strategy, accessToken), judge(strategy, accessToken)]).toEqual(['accepted', 'accepted']);
    expect(strategy.cacheStats()).toBeUndefined();
  });

  it.each([{ maxEntries: 0 }, { maxBytes: 0.5 }, { maxEntries: Number.NaN }, { entries: 1 }])(
    'the limits %j are refused',
    (cache) => {
      expect(readErrorCode(() => createStrategy({ cache: cache as never }))).toBe('ERR_OPTION_INVALID');
    },
  );
});
