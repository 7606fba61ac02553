// Sign-in, sign-out, and what is dead afterwards.

import { deriveSessionId, mintSessionToken } from '@statecraft/auth-core/store';
import { describe, expect, it } from 'vitest';
import { ADA, appWith, browserOf, memory, NAME, setCookies } from './app.ts';

const PRINCIPAL = { ...ADA, credential: { kind: 'session', sessionId: expect.any(String) } };

describe('sign-in', () => {
  it('gives a cookie that the next request is known by', async () => {
    const ask = browserOf(await appWith());
    await ask('POST', '/login');
    expect((await ask('GET', '/me')).json()).toEqual({ user: PRINCIPAL });
  });

  it("leaves the application's data alone: the subject is not in it", async () => {
    const ask = browserOf(await appWith());
    await ask('POST', '/login');
    expect((await ask('GET', '/session')).json()).toEqual({});
  });

  it('gives a new token each time, and the old one is dead (ASVS 7.2.4)', async () => {
    const app = await appWith();
    const ask = browserOf(app);
    await ask('POST', '/login');
    const first = ask.cookie();
    await ask('POST', '/login');
    expect(ask.cookie()).not.toBe(first);
    expect((await browserOf(app, first)('GET', '/me')).statusCode).toBe(401);
    expect((await ask('GET', '/me')).statusCode).toBe(200);
  });

  it('does not take over a token that was planted before it', async () => {
    const store = memory();
    const app = await appWith({ store });
    const planted = `${NAME}=${mintSessionToken('ada')}`;
    const victim = browserOf(app, planted);
    await victim('POST', '/login');
    expect(victim.cookie()).not.toBe(planted);
    expect((await browserOf(app, planted)('GET', '/me')).statusCode).toBe(401);
  });

  it('kills an anonymous session that was planted, live as it is', async () => {
    const app = await appWith();
    const attacker = browserOf(app);
    await attacker('POST', '/count');
    const victim = browserOf(app, attacker.cookie());
    await victim('POST', '/login');
    expect((await attacker('GET', '/session')).json()).toEqual({});
    expect((await victim('GET', '/session')).json()).not.toHaveProperty('count');
  });

  it('carries over what it is told to keep', async () => {
    const app = await appWith({
      routes: (on) => on.post('/keep', (request) => request.signIn(ADA, { data: { note: 'hi' }, keep: ['count'] })),
    });
    const ask = browserOf(app);
    await ask('POST', '/count');
    await ask('POST', '/keep');
    expect((await ask('GET', '/session')).json()).toMatchObject({ count: 1, note: 'hi' });
  });

  it("never carries one user's data to another", async () => {
    const eve = { userId: 'eve', username: 'Eve', roles: [] };
    const app = await appWith({
      routes: (on) => on.post('/eve', (request) => request.signIn(eve, { keep: ['count'] })),
    });
    const ask = browserOf(app);
    await ask('POST', '/login');
    await ask('POST', '/count');
    await ask('POST', '/eve');
    expect((await ask('GET', '/session')).json()).toEqual({});
    expect((await ask('GET', '/me')).json().user).toMatchObject(eve);
  });

  it('sends only the last cookie when it happens twice in one request', async () => {
    const app = await appWith({
      routes: (on) =>
        on.post('/twice', async (request) => {
          await request.signIn(ADA);
          await request.signIn(ADA);
        }),
    });
    const ask = browserOf(app);
    expect(setCookies(await ask('POST', '/twice'))).toHaveLength(1);
    expect(await app.sessions.list('ada')).toHaveLength(1);
  });
});

describe('sign-out', () => {
  it('clears the cookie and ends the session', async () => {
    const app = await appWith();
    const ask = browserOf(app);
    await ask('POST', '/login');
    const before = ask.cookie();
    const [cleared] = setCookies(await ask('POST', '/logout'));
    expect(cleared).toMatch(/^__Host-session=; Max-Age=0; .*Path=\//);
    expect((await browserOf(app, before)('GET', '/me')).json()).toMatchObject({ code: 'ERR_SESSION_INVALID' });
  });

  it('is no error without a session, and sets no cookie', async () => {
    const answer = await browserOf(await appWith())('POST', '/logout');
    expect([answer.statusCode, setCookies(answer)]).toEqual([200, []]);
  });

  it('leaves an empty session behind, in which no user is signed in', async () => {
    const app = await appWith({
      routes: (on) =>
        on.post('/out', async (request) => {
          await request.session.destroy();
          return { principal: request.principal, session: { ...request.session } };
        }),
    });
    const ask = browserOf(app);
    await ask('POST', '/login');
    expect((await ask('POST', '/out')).json()).toEqual({ principal: null, session: {} });
  });
});

it('signs no user in by name alone: `user` in an anonymous session is data', async () => {
  const app = await appWith({
    routes: (on) =>
      on.post('/pretend', async (request) => {
        Object.assign(request.session, { user: { id: 'ada', username: 'Ada', roles: ['admin'] } });
      }),
  });
  const ask = browserOf(app);
  await ask('POST', '/pretend');
  expect((await ask('GET', '/me')).json()).toMatchObject({ statusCode: 401, code: 'ERR_UNAUTHENTICATED' });
});

it('stores the hash of the token and nothing that opens a session', async () => {
  const app = await appWith();
  const ask = browserOf(app);
  await ask('POST', '/login');
  const token = ask.cookie()?.split('=')[1] ?? '';
  const [record] = await app.sessions.list('ada');
  expect(record?.id).toBe(deriveSessionId(token));
  expect(JSON.stringify(record)).not.toContain(token.slice(16));
});
