// Tokens that are wrong, each beside the one that is right. The whole matrix of attacks is auth-fastify's; this is that
// the app hands its configuration on.

import { createJwtStrategy, type JwtStrategyOptions } from '@statecraft/auth-core';
import { describe, expect, it } from 'vitest';
import { bearer, me, openApp, refusal, SECRET, signIn } from './app.ts';

const ALICE = { userId: 'demo-alice', username: 'alice', roles: ['user', 'admin'] };
const HOUR = 3_600_000;

/** A token of a server with the app's own secret and names, but for `other`. */
function tokenFrom(other: Partial<JwtStrategyOptions> = {}): string {
  const own = { issuer: 'statecraft', audience: 'statecraft-api', keys: { secret: SECRET } };
  return createJwtStrategy({ ...own, ...other }).issue(ALICE).accessToken;
}

const flipped = (token: string, at: number): string => {
  const other = token[at] === 'A' ? 'B' : 'A';
  return token.slice(0, at) + other + token.slice(at + 1);
};

describe.each(['fastify-jwt', 'native'])('with JWT_ENGINE=%s', (JWT_ENGINE) => {
  it('takes a token that another server with the same secret issued', async () => {
    expect((await me(await openApp({ JWT_ENGINE }), tokenFrom())).statusCode).toBe(200);
  });

  it.each([
    ['expired', tokenFrom({ clock: () => Date.now() - HOUR }), 'ERR_TOKEN_EXPIRED'],
    ['of another secret', tokenFrom({ keys: { secret: `${SECRET}x` } }), 'ERR_TOKEN_INVALID'],
    ['of another issuer', tokenFrom({ issuer: 'statecraft2' }), 'ERR_TOKEN_INVALID'],
    ['for another audience', tokenFrom({ audience: 'other-api' }), 'ERR_TOKEN_INVALID'],
    ['with one byte of its payload changed', flipped(tokenFrom(), 60), 'ERR_TOKEN_INVALID'],
    ['with one byte of its signature changed', flipped(tokenFrom(), tokenFrom().length - 10), 'ERR_TOKEN_INVALID'],
    ['cut short', tokenFrom().slice(0, -1), 'ERR_TOKEN_INVALID'],
    ['oversized', `${tokenFrom()}${'x'.repeat(8192)}`, 'ERR_TOKEN_INVALID'],
  ])('refuses a token that is %s', async (_what, token, code) => {
    const answer = await me(await openApp({ JWT_ENGINE }), token);
    expect(refusal(answer)).toEqual([401, code]);
    expect(answer.headers['www-authenticate']).toBe('Bearer error="invalid_token"');
    expect(answer.headers['cache-control']).toBe('no-store');
  });

  it('refuses a token in the query string or in a cookie', async () => {
    const app = await openApp({ JWT_ENGINE });
    const token = tokenFrom();
    const inQuery = await app.inject(`/auth/me?access_token=${token}&token=${token}`);
    const inCookie = await app.inject({ url: '/auth/me', headers: { cookie: `token=${token}` } });
    expect([refusal(inQuery), refusal(inCookie)]).toEqual([
      [401, 'ERR_UNAUTHENTICATED'],
      [401, 'ERR_UNAUTHENTICATED'],
    ]);
  });

  it('gives a token the life of JWT_TTL_SECONDS', async () => {
    const app = await openApp({ JWT_ENGINE, JWT_TTL_SECONDS: '7' });
    expect(app.tokens.ttlSeconds).toBe(7);
    const [, payload = ''] = (await signIn(app)).split('.');
    const { iat, exp, iss, aud } = JSON.parse(Buffer.from(payload, 'base64url').toString());
    expect([exp - iat, iss, aud]).toEqual([7, 'statecraft', 'statecraft-api']);
  });

  it('takes issuer and audience from the environment', async () => {
    const app = await openApp({ JWT_ENGINE, JWT_ISSUER: 'shop', JWT_AUDIENCE: 'shop-api' });
    expect((await me(app, await signIn(app))).statusCode).toBe(200);
    expect(refusal(await me(app, tokenFrom()))).toEqual([401, 'ERR_TOKEN_INVALID']);
  });
});

it('lets either engine read what the other signed', async () => {
  const [one, other] = [await openApp({ JWT_ENGINE: 'native' }), await openApp({ JWT_ENGINE: 'fastify-jwt' })];
  expect((await me(other, await signIn(one))).statusCode).toBe(200);
  expect((await me(one, await signIn(other))).statusCode).toBe(200);
});

it('knows a user whose token it did not issue, and whom it has never seen: all is in the token', async () => {
  const stranger = { userId: 'u-9', username: 'ada', roles: ['user'] };
  const own = { issuer: 'statecraft', audience: 'statecraft-api', keys: { secret: SECRET } };
  const app = await openApp();
  const answer = await app.inject({
    url: '/auth/me',
    headers: bearer(createJwtStrategy(own).issue(stranger).accessToken),
  });
  expect(answer.json()).toEqual({ user: { id: 'u-9', username: 'ada', roles: ['user'] } });
});
