// The JWT plugin over HTTP, the same for both engines.

import type { AddressInfo } from 'node:net';
import { connect } from 'node:net';
import { generateJwtKeys, parseJwtKeys } from '@statecraft/auth-core';
import { jwtPlugin } from '@statecraft/auth-fastify';
import fastify from 'fastify';
import { describe, expect, it } from 'vitest';
import { ALICE, appWith, ask, chooseCodec, ENGINES, NOW, OPTIONS } from './jwt-app.ts';

describe.each(ENGINES)('engine %s', (engine) => {
  it('answers the principal of a token that it issued', async () => {
    const app = await appWith({ engine });
    const { accessToken, tokenId, expiresAt } = app.tokens.issue(ALICE);
    const answer = await ask(app, accessToken);
    expect(answer.statusCode).toBe(200);
    expect(answer.json()).toEqual({ user: { ...ALICE, credential: { kind: 'jwt', tokenId, expiresAt } } });
  });

  it('signs with Ed25519 and publishes the public key', async () => {
    const app = await appWith({ engine, keys: parseJwtKeys(generateJwtKeys()) });
    expect((await ask(app, app.tokens.issue(ALICE).accessToken)).statusCode).toBe(200);
    expect(app.tokens.jwks().keys).toEqual([expect.not.objectContaining({ d: expect.anything() })]);
  });

  it.each([
    ['no header', {}],
    ['another scheme', { authorization: 'Basic YWxpY2U6cHc=' }],
    ['a scheme that begins like it', { authorization: 'Bearers abc' }],
  ])('%s: 401 and a bare challenge', async (_, headers) => {
    const answer = await ask(await appWith({ engine }), headers);
    expect(answer.json()).toMatchObject({ statusCode: 401, code: 'ERR_UNAUTHENTICATED' });
    expect(answer.headers['www-authenticate']).toBe('Bearer');
    expect(answer.headers['cache-control']).toBe('no-store');
  });

  it.each(['Bearer', 'Bearer ', 'Bearer x', 'Bearer a.b.c', 'Bearer a b'])(
    '%j: 401 and invalid_token',
    async (authorization) => {
      const answer = await ask(await appWith({ engine }), { authorization });
      expect(answer.json()).toMatchObject({ statusCode: 401, code: 'ERR_TOKEN_INVALID' });
      expect(answer.headers['www-authenticate']).toBe('Bearer error="invalid_token"');
      expect(answer.headers['cache-control']).toBe('no-store');
    },
  );

  it('an expired token is said to be expired', async () => {
    let now = NOW;
    const app = await appWith({ engine, clock: () => now, ttlSeconds: 60 });
    const { accessToken } = app.tokens.issue(ALICE);
    now += 59_999;
    expect((await ask(app, accessToken)).statusCode).toBe(200);
    now += 1;
    const answer = await ask(app, accessToken);
    expect(answer.json()).toMatchObject({ statusCode: 401, code: 'ERR_TOKEN_EXPIRED' });
    expect(answer.headers['www-authenticate']).toBe('Bearer error="invalid_token"');
  });

  it.each(['Bearer', 'bearer', 'BEARER', 'bEaReR'])('reads the scheme %s', async (scheme) => {
    const app = await appWith({ engine });
    const authorization = `${scheme} ${app.tokens.issue(ALICE).accessToken}`;
    expect((await ask(app, { authorization })).statusCode).toBe(200);
  });

  it('an answer to a valid token is no-store, whatever the handler set', async () => {
    const app = await appWith({ engine });
    app.get('/public', { onRequest: app.requirePrincipal }, (_, reply) => {
      reply.header('cache-control', 'public, max-age=60').send('x');
    });
    const authorization = `Bearer ${app.tokens.issue(ALICE).accessToken}`;
    expect((await ask(app, { authorization })).headers['cache-control']).toBe('no-store');
    expect((await app.inject({ url: '/public', headers: { authorization } })).headers['cache-control']).toBe(
      'no-store',
    );
  });

  it('leaves a route without the guard alone', async () => {
    const app = await appWith({ engine });
    const answer = await app.inject({ url: '/open', headers: { authorization: 'Bearer nonsense' } });
    expect(answer.json()).toEqual({ user: null });
    expect(answer.headers).not.toHaveProperty('cache-control');
  });

  it('does not read a token from the query, a cookie or the body', async () => {
    const app = await appWith({ engine });
    app.post('/me', { onRequest: app.requirePrincipal }, () => 'x');
    const token = app.tokens.issue(ALICE).accessToken;
    const url = `/me?access_token=${token}&token=${token}&authorization=Bearer%20${token}`;
    const headers = { cookie: `token=${token}; access_token=${token}` };
    const asked = await app.inject({ url, headers });
    const posted = await app.inject({ method: 'POST', url, headers, payload: { access_token: token } });
    expect([asked.json().code, posted.json().code]).toEqual(['ERR_UNAUTHENTICATED', 'ERR_UNAUTHENTICATED']);
  });

  it('a doubled header is refused on a real connection, a single one is not', async () => {
    const app = await appWith({ engine });
    await app.listen({ port: 0, host: '127.0.0.1' });
    const { port } = app.server.address() as AddressInfo;
    const line = `Authorization: Bearer ${app.tokens.issue(ALICE).accessToken}\r\n`;
    const other = 'aUTHORIZATION: Bearer x\r\n';
    try {
      expect(await statusOf(port, line)).toBe(200);
      expect(await statusOf(port, line + line)).toBe(401);
      expect(await statusOf(port, line + other)).toBe(401);
      expect(await statusOf(port, other + line)).toBe(401);
    } finally {
      await app.close();
    }
  });

  it('shows no way around the strategy: @fastify/jwt is out of reach', async () => {
    const app = await appWith({ engine });
    app.get('/reach', (request, reply) => [
      'jwtVerify' in request || 'jwtDecode' in request,
      'jwtSign' in reply,
      app.hasDecorator('jwt'),
      'user' in request,
    ]);
    expect((await app.inject('/reach')).json()).toEqual([false, false, false, false]);
  });

  it.each([{ namespace: 'own' }, {}])(
    'works beside a @fastify/jwt of the app (%o), which goes on to work',
    async (own) => {
      const app = fastify();
      const { fastifyJwt } = await import('@fastify/jwt');
      await app.register(fastifyJwt, { secret: 'of the app alone', ...own });
      await app.register(jwtPlugin, { ...OPTIONS, codec: chooseCodec(app, engine) });
      app.get('/me', { onRequest: app.requirePrincipal }, () => 'me');
      expect((await ask(app, app.tokens.issue(ALICE).accessToken)).statusCode).toBe(200);
      const theirs = 'own' in app.jwt ? (app.jwt.own as typeof app.jwt) : app.jwt;
      expect(theirs.verify(theirs.sign({ sub: 'x' }))).toMatchObject({ sub: 'x' });
    },
  );

  it('two encapsulated parts of an app have rules of their own', async () => {
    const app = fastify();
    for (const audience of ['one', 'two']) {
      await app.register(async (part) => {
        await part.register(jwtPlugin, { ...OPTIONS, audience, codec: chooseCodec(part, engine) });
        part.get(`/${audience}`, { onRequest: part.requirePrincipal }, () => 'in');
        part.get(`/${audience}/token`, () => part.tokens.issue(ALICE).accessToken);
      });
    }
    const token = (await app.inject('/one/token')).payload;
    const statusOn = async (url: string) =>
      (await app.inject({ url, headers: { authorization: `Bearer ${token}` } })).statusCode;
    expect([await statusOn('/one'), await statusOn('/two')]).toEqual([200, 401]);
  });

  it.each([
    ['a short secret', { keys: { secret: 'short' } }],
    ['an unknown option', { ttl: 60 }],
  ])('%s: the app does not start', async (_, options) => {
    const app = fastify();
    app.register(jwtPlugin, { ...OPTIONS, codec: chooseCodec(app, engine), ...(options as object) });
    await expect(app.ready()).rejects.toMatchObject({ code: 'ERR_OPTION_INVALID' });
  });
});

it('a second JWT plugin in the same part of an app is refused at registration', async () => {
  const app = fastify();
  app.register(jwtPlugin, OPTIONS);
  app.register(jwtPlugin, OPTIONS);
  await expect(app.ready()).rejects.toMatchObject({ code: 'FST_ERR_DEC_ALREADY_PRESENT' });
});

describe('both engines', () => {
  it.each([
    ['HS256', OPTIONS.keys],
    ['EdDSA', parseJwtKeys(generateJwtKeys())],
  ])('write the same %s header and accept one another', async (_, keys) => {
    const apps = [await appWith({ engine: 'fastify-jwt', keys }), await appWith({ engine: 'native', keys })];
    const tokens = apps.map((app) => app.tokens.issue(ALICE).accessToken);
    expect(tokens[0]?.split('.')[0]).toBe(tokens[1]?.split('.')[0]);
    expect(Object.keys(claimsOf(tokens[0]))).toEqual(Object.keys(claimsOf(tokens[1])));
    for (const app of apps) {
      for (const token of tokens) expect((await ask(app, token)).statusCode).toBe(200);
    }
  });
});

function claimsOf(token = ''): object {
  return JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString());
}

/** The status of GET /me with these header lines, byte for byte. */
function statusOf(port: number, lines: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.write(`GET /me HTTP/1.1\r\nHost: x\r\nConnection: close\r\n${lines}\r\n`);
    });
    let answer = '';
    socket.on('data', (data) => {
      answer += data.toString('latin1');
    });
    socket.on('error', reject).on('close', () => resolve(Number(answer.split(' ')[1])));
  });
}

describe.each(ENGINES)('a token that came before, engine %s', (engine) => {
  it('gives every request a principal of its own: what a handler does to one is seen by no other', async () => {
    const app = await appWith({ engine });
    app.get('/grab', { onRequest: app.requirePrincipal }, (request) => {
      const principal = request.principal as unknown as { userId: string; roles: string[]; credential: object };
      principal.userId = 'eve';
      principal.roles.push('admin');
      Object.assign(principal.credential, { tokenId: 'x' });
      return {};
    });
    const { accessToken, tokenId } = await app.ready().then(() => app.tokens.issue(ALICE));
    const headers = { authorization: `Bearer ${accessToken}` };
    for (let time = 0; time < 3; time++) {
      const { user } = (await ask(app, accessToken)).json();
      expect(user).toMatchObject({ ...ALICE, credential: { tokenId } });
      await app.inject({ url: '/grab', headers });
    }
    expect(app.tokens.cacheStats()).toMatchObject({ misses: 2, hits: 4 });
  });
});
