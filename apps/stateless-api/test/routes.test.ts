// Every route of the API, with what it answers: right, without a credential, and to a body that is wrong.

import { generateJwtKeys } from '@statecraft/auth-core';
import type { FastifyInstance } from 'fastify';
import { beforeEach, describe, expect, it } from 'vitest';
import { bearer, me, OTHER_SECRET, openApp, PASSWORD, post, refusal, SECRET, signIn } from './app.ts';

describe.each(['fastify-jwt', 'native'])('with JWT_ENGINE=%s', (JWT_ENGINE) => {
  let app: FastifyInstance;
  beforeEach(async () => {
    app = await openApp({ JWT_ENGINE });
  });

  describe('POST /auth/register', () => {
    it('answers 201 with the user, without the password', async () => {
      const answer = await post(app, '/auth/register', { username: 'ada', password: 'right horse battery' });
      expect(answer.statusCode).toBe(201);
      expect(answer.json()).toEqual({ user: { id: expect.any(String), username: 'ada', roles: ['user'] } });
    });

    it('answers 409 for a name that is taken', async () => {
      const answer = await post(app, '/auth/register', { username: 'alice', password: 'right horse battery' });
      expect(refusal(answer)).toEqual([409, 'ERR_USERNAME_TAKEN']);
      expect(answer.json().field).toBe('username');
    });

    it('answers 400 for a weak password, by its own code', async () => {
      const answer = await post(app, '/auth/register', { username: 'ada', password: 'short' });
      expect(refusal(answer)).toEqual([400, 'ERR_PASSWORD_TOO_SHORT']);
      expect(answer.json().field).toBe('password');
    });
  });

  describe('POST /auth/login', () => {
    it('answers 200 with a token, its type, its life and the user, and no cache keeps it', async () => {
      const answer = await post(app, '/auth/login', { username: 'alice', password: PASSWORD });
      expect(answer.statusCode).toBe(200);
      expect(answer.json()).toEqual({
        tokenType: 'Bearer',
        accessToken: expect.stringMatching(/^[\w-]+\.[\w-]+\.[\w-]+$/),
        expiresIn: 900,
        user: { id: 'demo-alice', username: 'alice', roles: ['user', 'admin'] },
      });
      expect(answer.headers['cache-control']).toBe('no-store');
      expect(answer.headers['set-cookie']).toBeUndefined();
    });

    it('says the same of an unknown user and of a wrong password', async () => {
      const wrong = await post(app, '/auth/login', { username: 'alice', password: 'not this one' });
      const unknown = await post(app, '/auth/login', { username: 'nobody', password: 'not this one' });
      expect(refusal(wrong)).toEqual([401, 'ERR_CREDENTIALS_WRONG']);
      expect(unknown.json()).toEqual(wrong.json());
    });
  });

  describe('GET /auth/me', () => {
    it('answers 200 with the user out of the token', async () => {
      const answer = await me(app, await signIn(app));
      expect(answer.statusCode).toBe(200);
      expect(answer.json()).toEqual({ user: { id: 'demo-alice', username: 'alice', roles: ['user', 'admin'] } });
      expect(answer.headers['cache-control']).toBe('no-store');
    });

    it('answers 401 without a token', async () => {
      const answer = await me(app);
      expect(refusal(answer)).toEqual([401, 'ERR_UNAUTHENTICATED']);
      expect(answer.headers['www-authenticate']).toBe('Bearer');
    });
  });

  describe('POST /auth/logout', () => {
    it('answers 204 with and without a token', async () => {
      expect((await post(app, '/auth/logout', {}, await signIn(app))).statusCode).toBe(204);
      expect((await app.inject({ method: 'POST', url: '/auth/logout' })).statusCode).toBe(204);
    });

    it('ends nothing: a copy of the token is accepted until it expires, which is the lesson', async () => {
      const token = await signIn(app);
      await post(app, '/auth/logout', {}, token);
      expect((await me(app, token)).statusCode).toBe(200);
    });
  });

  it('POST /auth/logout-all answers 501: there is no record of tokens', async () => {
    const answer = await post(app, '/auth/logout-all', {}, await signIn(app));
    expect(refusal(answer)).toEqual([501, 'ERR_TOKENS_NOT_REVOCABLE']);
  });

  describe('POST /auth/password', () => {
    const change = { currentPassword: PASSWORD, newPassword: 'right horse battery' };

    it('answers 204; from then on the new one signs in and the old one does not', async () => {
      expect((await post(app, '/auth/password', change, await signIn(app))).statusCode).toBe(204);
      expect(await signIn(app, 'alice', change.newPassword)).toEqual(expect.any(String));
      const old = await post(app, '/auth/login', { username: 'alice', password: PASSWORD });
      expect(refusal(old)).toEqual([401, 'ERR_CREDENTIALS_WRONG']);
    });

    it('answers 403 for a wrong current password', async () => {
      const answer = await post(app, '/auth/password', { ...change, currentPassword: 'wrong' }, await signIn(app));
      expect(refusal(answer)).toEqual([403, 'ERR_CURRENT_PASSWORD_WRONG']);
      expect(answer.json().field).toBe('currentPassword');
    });

    it('answers 400 for a weak new one', async () => {
      const answer = await post(app, '/auth/password', { ...change, newPassword: 'short' }, await signIn(app));
      expect(refusal(answer)).toEqual([400, 'ERR_PASSWORD_TOO_SHORT']);
      expect(answer.json().field).toBe('newPassword');
    });

    it('answers 401 for a user whom this server does not know, though the token is good', async () => {
      const elsewhere = await openApp({ JWT_ENGINE });
      await post(elsewhere, '/auth/register', { username: 'ada', password: 'right horse battery' });
      const token = await signIn(elsewhere, 'ada', 'right horse battery');
      expect((await me(app, token)).statusCode).toBe(200);
      expect(refusal(await post(app, '/auth/password', change, token))).toEqual([401, 'ERR_USER_GONE']);
    });
  });

  it('GET /.well-known/jwks.json shows no key of a shared secret', async () => {
    const answer = await app.inject('/.well-known/jwks.json');
    expect([answer.statusCode, answer.json()]).toEqual([200, { keys: [] }]);
  });

  it('GET /.well-known/jwks.json shows the public halves of JWT_KEYS, and nothing private', async () => {
    const asymmetric = await openApp({ JWT_ENGINE, JWT_KEYS: generateJwtKeys() });
    const answer = await asymmetric.inject('/.well-known/jwks.json');
    expect(answer.json().keys).toEqual([expect.objectContaining({ kty: 'OKP', crv: 'Ed25519', alg: 'EdDSA' })]);
    expect(answer.body).not.toContain('"d"');
    expect((await me(asymmetric, await signIn(asymmetric))).statusCode).toBe(200);
  });

  it('replaces JWT_SECRET without signing a user out: first verify with the new one, then sign with it', async () => {
    const open = (JWT_SECRET: string, more = {}) => openApp({ JWT_ENGINE, JWT_SECRET, ...more });
    const before = await signIn(app);
    const prepared = await open(SECRET, { JWT_VERIFY_SECRETS: OTHER_SECRET });
    const changed = await open(OTHER_SECRET, { JWT_VERIFY_SECRETS: SECRET });
    const after = await signIn(changed);
    const ask = async (token: string, ...servers: FastifyInstance[]) =>
      Promise.all(servers.map(async (server) => (await me(server, token)).statusCode));
    expect(await ask(before, prepared, changed)).toEqual([200, 200]);
    expect(await ask(after, prepared, changed, await open(OTHER_SECRET))).toEqual([200, 200, 200]);
    expect(await ask(before, await open(OTHER_SECRET))).toEqual([401]);
  });

  it('GET /openapi.json describes its routes, and says which need a token', async () => {
    const whole = await openApp({ JWT_ENGINE, DOCS: '1' });
    const { paths, components } = (await whole.inject('/openapi.json')).json();
    expect(components.securitySchemes.bearer).toMatchObject({ type: 'http', scheme: 'bearer' });
    const secured = Object.keys(paths).filter((path) => JSON.stringify(paths[path]).includes('"security"'));
    expect(secured.sort()).toEqual([
      '/admin/users',
      '/admin/users/{id}',
      '/admin/users/{id}/disable',
      '/admin/users/{id}/enable',
      '/admin/users/{id}/roles',
      '/auth/logout-all',
      '/auth/me',
      '/auth/password',
    ]);
    for (const open of [
      '/auth/register',
      '/auth/login',
      '/auth/logout',
      '/.well-known/jwks.json',
      '/health',
      '/ready',
    ]) {
      expect(paths).toHaveProperty([open]);
    }
  });

  describe.each([
    ['POST', '/auth/logout-all'],
    ['POST', '/auth/password'],
    ['GET', '/auth/me'],
  ] as const)('%s %s', (method, url) => {
    it.each([
      ['no credential', undefined, 'ERR_UNAUTHENTICATED'],
      ['another scheme', 'Basic YWxpY2U6eA==', 'ERR_UNAUTHENTICATED'],
      ['no token', 'Bearer', 'ERR_TOKEN_INVALID'],
      ['garbage', 'Bearer x.y.z', 'ERR_TOKEN_INVALID'],
      ['an oversized token', `Bearer ${'x'.repeat(9000)}`, 'ERR_TOKEN_INVALID'],
    ])('answers 401 to %s', async (_what, authorization, code) => {
      const headers = authorization === undefined ? {} : { authorization };
      expect(refusal(await app.inject({ method, url, headers }))).toEqual([401, code]);
    });
  });

  it.each(['/cart', '/auth/sessions', '/auth/refresh', '/', '/auth'])('%s is not here: 404', async (url) => {
    const answer = await app.inject({ method: 'GET', url, headers: bearer(await signIn(app)) });
    expect(refusal(answer)).toEqual([404, 'ERR_NOT_FOUND']);
  });
});
