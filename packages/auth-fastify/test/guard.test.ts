// One guard for cookies and tokens, on the same routes of one app.

import { AuthError } from '@statecraft/auth-core';
import { createMemoryStore } from '@statecraft/auth-core/memory';
import Fastify, { type FastifyInstance } from 'fastify';
import { describe, expect, it } from 'vitest';
import {
  jwtPlugin,
  registerScheme,
  requirePrincipal,
  type SignedInRequest,
  sessionPlugin,
  withPrincipal,
} from '../src/index.ts';

const ADA = { userId: 'u1', username: 'Ada', roles: ['member'] };
const ROOT = { userId: 'u2', username: 'Root', roles: ['admin'] };
const JWT = { issuer: 'iss', audience: 'aud', keys: { secret: 'a secret of the tests, longer than 32 bytes' } };

type Order = 'session first' | 'token first';

async function startBoth(order: Order = 'session first'): Promise<FastifyInstance> {
  const app = Fastify();
  const session = () => app.register(sessionPlugin, { store: createMemoryStore(), cookie: { secure: false } });
  const token = () => app.register(jwtPlugin, JWT);
  for (const register of order === 'session first' ? [session, token] : [token, session]) await register();
  app.post('/login', (request) => request.signIn(ADA));
  app.get(
    '/me',
    { onRequest: app.requirePrincipal },
    withPrincipal(({ principal }) => ({ id: principal.userId, kind: principal.credential.kind })),
  );
  app.get('/admin', { onRequest: app.requireRole('admin', 'owner') }, () => ({ ok: true }));
  app.post('/change', async ({ session }) => {
    Object.assign(session, { note: 'x' });
  });
  app.get('/public', ({ principal }) => ({ id: principal?.userId ?? null }));
  app.get('/file', { config: { auth: false } }, ({ principal }) => ({ principal }));
  app.get('/guarded-file', { config: { auth: false }, onRequest: app.requirePrincipal }, () => ({}));
  await app.ready();
  return app;
}

async function signIn(app: FastifyInstance): Promise<string> {
  const answer = await app.inject({ method: 'POST', url: '/login' });
  return String(answer.headers['set-cookie']).split(';')[0] ?? '';
}

const bearer = (app: FastifyInstance, subject = ADA) => `Bearer ${app.tokens.issue(subject).accessToken}`;

describe.each<Order>(['session first', 'token first'])('session plugin and JWT plugin in one app, %s', (order) => {
  it('accept a cookie and a token on the same route', async () => {
    const app = await startBoth(order);
    const cookie = await signIn(app);
    const byCookie = await app.inject({ url: '/me', headers: { cookie } });
    const byToken = await app.inject({ url: '/me', headers: { authorization: bearer(app) } });
    expect([byCookie.json().kind, byToken.json().kind]).toEqual(['session', 'jwt']);
  });

  it.each(['Bearer x.y.z', 'Bearer', 'Basic YTpi'])(
    'let the Authorization header alone decide: no cookie rescues "%s"',
    async (authorization) => {
      const app = await startBoth(order);
      const cookie = await signIn(app);
      const answer = await app.inject({ url: '/me', headers: { cookie, authorization } });
      expect(answer.statusCode).toBe(401);
    },
  );

  it('let a token decide against a cookie of another user', async () => {
    const app = await startBoth(order);
    const headers = { cookie: await signIn(app), authorization: bearer(app, ROOT) };
    expect((await app.inject({ url: '/me', headers })).json().id).toBe('u2');
  });
});

it('guards a route with the exported hook although the registration was not awaited', async () => {
  const app = Fastify();
  void app.register(jwtPlugin, JWT);
  app.get('/me', { onRequest: requirePrincipal }, () => ({}));
  expect((await app.inject('/me')).statusCode).toBe(401);
});

describe('requireRole', () => {
  it.each([
    ['one of the roles', ROOT, 200],
    ['none of the roles', ADA, 403],
  ])('answers a principal with %s', async (_name, subject, expected) => {
    const app = await startBoth();
    const answer = await app.inject({ url: '/admin', headers: { authorization: bearer(app, subject) } });
    expect(answer.statusCode).toBe(expected);
  });

  it('answers 401 to an anonymous request', async () => {
    expect((await (await startBoth()).inject('/admin')).json()).toMatchObject({ code: 'ERR_UNAUTHENTICATED' });
  });
});

describe('a route with config: { auth: false }', () => {
  it('runs no scheme', async () => {
    const app = await startBoth();
    const answer = await app.inject({ url: '/file', headers: { authorization: bearer(app) } });
    expect(answer.json()).toEqual({ principal: null });
  });

  it('fails closed behind a guard', async () => {
    const app = await startBoth();
    const answer = await app.inject({ url: '/guarded-file', headers: { authorization: bearer(app) } });
    expect(answer.statusCode).toBe(401);
  });

  it('refuses to use the session by name', async () => {
    const app = Fastify();
    await app.register(sessionPlugin, { store: createMemoryStore(), cookie: { secure: false } });
    app.get('/file', { config: { auth: false } }, ({ session }) => ({ ...session }));
    expect((await app.inject('/file')).json()).toMatchObject({ statusCode: 500, code: 'ERR_AUTH_OFF' });
  });
});

it('leaves a public route anonymous when the credential is refused', async () => {
  const app = await startBoth();
  const headers = [{ authorization: 'Bearer x' }, { cookie: 'session=x' }];
  const answers = await Promise.all(headers.map((one) => app.inject({ url: '/public', headers: one })));
  expect(answers.map((answer) => [answer.statusCode, answer.json().id])).toEqual(Array(2).fill([200, null]));
});

it('gives an encapsulated part the schemes of the app around it, which came later, and runs them once', async () => {
  let revocationChecks = 0;
  const isRevoked = () => {
    revocationChecks += 1;
    return false;
  };
  const app = Fastify();
  app.register(async (part) => {
    await part.register(jwtPlugin, { ...JWT, isRevoked });
    part.get('/inside', { onRequest: part.requirePrincipal }, ({ principal }) => ({
      kind: principal?.credential.kind,
    }));
    part.get('/token', () => part.tokens.issue(ADA));
    part.post('/write', () => ({}));
  });
  app.register(sessionPlugin, { store: createMemoryStore(), cookie: { secure: false } });
  app.post('/login', (request) => request.signIn(ADA));
  await app.ready();
  const { accessToken } = (await app.inject('/token')).json();
  const byToken = await app.inject({ url: '/inside', headers: { authorization: `Bearer ${accessToken}` } });
  const byCookie = await app.inject({ url: '/inside', headers: { cookie: await signIn(app) } });
  expect([byToken.json().kind, byCookie.json().kind]).toEqual(['jwt', 'session']);
  expect(revocationChecks).toBe(1);
  const crossSite = await app.inject({ method: 'POST', url: '/write', headers: { 'sec-fetch-site': 'cross-site' } });
  expect(crossSite.statusCode).toBe(403);
});

it('asks each scheme of a header until one finds its credential', async () => {
  const app = Fastify();
  await app.register(jwtPlugin, JWT);
  registerScheme(app, {
    header: 'authorization',
    read: ({ headers }) => headers.authorization?.startsWith('ApiKey ') || undefined,
    strategy: {
      authenticate: () => ({
        principal: { ...ADA, credential: { kind: 'session', sessionId: 'key' } },
        evidence: null,
      }),
    },
  });
  app.get('/me', { onRequest: app.requirePrincipal }, () => ({}));
  const answer = await app.inject({ url: '/me', headers: { authorization: 'ApiKey 1' } });
  expect(answer.statusCode).toBe(200);
});

it('lets a change start no session where an Authorization header decided beside a session cookie', async () => {
  const app = await startBoth();
  const cookie = await signIn(app);
  const headers = { cookie, authorization: bearer(app) };
  const answer = await app.inject({ method: 'POST', url: '/change', headers });
  expect([answer.statusCode, answer.headers['set-cookie']]).toEqual([200, undefined]);
});

it('adds a scheme to an encapsulated part of the app only', async () => {
  const app = Fastify();
  await app.register(sessionPlugin, { store: createMemoryStore(), cookie: { secure: false } });
  await app.register(async (part) => {
    await part.register(jwtPlugin, JWT);
    part.get('/inside', { onRequest: part.requirePrincipal }, () => ({ token: part.tokens.issue(ADA).accessToken }));
    part.get('/token', () => part.tokens.issue(ADA));
  });
  app.get('/outside', { onRequest: app.requirePrincipal }, () => ({}));
  const { accessToken } = (await app.inject('/token')).json();
  const headers = { authorization: `Bearer ${accessToken}` };
  const statuses = await Promise.all(['/inside', '/outside'].map((url) => app.inject({ url, headers })));
  expect(statuses.map(({ statusCode }) => statusCode)).toEqual([200, 401]);
});

it.each(['throws', 'rejects'])('answers 503 on every route when a strategy %s', async (how) => {
  const app = Fastify();
  const fail = () => {
    throw new Error('down');
  };
  registerScheme(app, {
    header: 'authorization',
    strategy: { authenticate: how === 'throws' ? fail : async () => fail() },
    read: () => 'credential',
  });
  app.get('/public', () => ({}));
  const answer = await app.inject({ url: '/public', headers: { authorization: 'any' } });
  expect([answer.statusCode, answer.json().code]).toEqual([503, 'ERR_STORE_UNAVAILABLE']);
});

it.each([
  ['ERR_STORE_UNAVAILABLE', 503],
  ['ERR_STORE_FULL', 503],
  ['ERR_SESSION_EXISTS', 500],
] as const)('gives %s of app.sessions its status where a route lets it through', async (code, statusCode) => {
  const app = Fastify();
  const store = { ...createMemoryStore(), list: () => Promise.reject(new AuthError(code)) };
  await app.register(sessionPlugin, { store, cookie: { secure: false } });
  app.get('/list', () => app.sessions.list('u1'));
  expect((await app.inject('/list')).json()).toMatchObject({ code, statusCode });
});

describe('withPrincipal on a route without a guard', () => {
  const handler = withPrincipal(({ principal }: SignedInRequest) => ({ id: principal.userId }));

  it('answers as requirePrincipal does', async () => {
    const app = Fastify();
    await app.register(jwtPlugin, JWT);
    app.get('/forgotten', handler);
    app.get('/guarded', { onRequest: app.requirePrincipal }, handler);
    for (const headers of [{}, { authorization: 'Bearer x' }]) {
      const [forgotten, guarded] = await Promise.all(
        ['/forgotten', '/guarded'].map((url) => app.inject({ url, headers })),
      );
      expect(forgotten?.statusCode).toBe(401);
      expect(forgotten?.json()).toEqual(guarded?.json());
      expect(forgotten?.headers['www-authenticate']).toBe(guarded?.headers['www-authenticate']);
    }
  });

  it('answers 401 in an app without the plugins', async () => {
    const app = Fastify();
    app.get('/forgotten', handler);
    expect((await app.inject('/forgotten')).json()).toMatchObject({ statusCode: 401, code: 'ERR_UNAUTHENTICATED' });
  });
});

it.each([
  ['requirePrincipal', (app: FastifyInstance) => app.requirePrincipal],
  ['requireRole', (app: FastifyInstance) => app.requireRole('admin')],
])('answers 401 when %s guards a route of a part of the app without the plugins', async (_name, readGuard) => {
  const app = Fastify();
  await app.register(async (part) => {
    await part.register(jwtPlugin, JWT);
    app.get('/outside', { onRequest: readGuard(part) }, () => ({ open: true }));
  });
  expect((await app.inject('/outside')).statusCode).toBe(401);
});
