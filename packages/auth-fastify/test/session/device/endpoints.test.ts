// Registration and refresh, as a browser goes through them.

import { AuthError } from '@statecraft/auth-core';
import Fastify, { type FastifyInstance } from 'fastify';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { sessionPlugin } from '../../../src/index.ts';
import { ADA, gate, memory, setCookies } from '../app.ts';
import {
  Browser,
  boundApp,
  boundBrowser,
  createDevice,
  DEVICE,
  MINUTE,
  readChallenge,
  readOffer,
  SESSION,
} from './browser.ts';

afterEach(() => {
  vi.useRealTimers();
});

/** What is stored about Ada's only session. */
async function readStored(app: Awaited<ReturnType<typeof boundApp>>['app']) {
  const [session] = await app.sessions.list('ada');
  return session;
}

describe('registration', () => {
  it.each(['ES256', 'RS256'] as const)('binds the session to a key of %s', async (alg) => {
    const { app } = await boundApp();
    const browser = new Browser(app, createDevice(alg));
    const offer = readOffer(await browser.signIn());
    expect(offer?.path).toBe('auth/device/register');
    const answer = await browser.register();
    expect(answer.json()).toEqual({
      session_identifier: expect.stringMatching(/^[\w-]{22,}$/),
      refresh_url: 'refresh',
      scope: { include_site: false },
      credentials: [{ type: 'cookie', name: DEVICE, attributes: 'Path=/; HttpOnly; Secure; SameSite=Lax' }],
    });
    expect(setCookies(answer)).toEqual([
      expect.stringMatching(/^__Host-session-device=[\w-]{43}; Max-Age=300; Path=\/; HttpOnly; Secure; SameSite=Lax$/),
    ]);
    expect(answer.headers).toMatchObject({
      'cache-control': 'no-store',
      'content-type': 'application/json; charset=utf-8',
      'secure-session-challenge': `"${browser.challenge}";id="${browser.bindingId}"`,
    });
    const session = await readStored(app);
    expect(session && app.sessions.describe(session).bound).toBe(true);
  });

  it('has the attributes of the session cookie for the device cookie', async () => {
    const { app } = await boundApp({ cookieName: 'sid', cookie: { sameSite: 'strict' } });
    const browser = new Browser(app);
    await browser.signIn();
    const answer = await browser.register();
    const [credential] = answer.json().credentials;
    expect(credential).toMatchObject({
      name: '__Host-sid-device',
      attributes: 'Path=/; HttpOnly; Secure; SameSite=Strict',
    });
    expect(setCookies(answer)[0]).toMatch(/^__Host-sid-device=.*; SameSite=Strict$/);
  });

  it('refuses a second key, and the first one goes on', async () => {
    const { browser, time } = await boundBrowser();
    const second = await browser.copy().register(undefined, createDevice().proveKey(browser.challenge ?? ''));
    expect([second.statusCode, second.json().code]).toEqual([409, 'ERR_DEVICE_ALREADY_BOUND']);
    time.now += 5 * MINUTE;
    expect((await browser.refresh()).statusCode).toBe(200);
  });

  it('of two registrations at the same time one is accepted', async () => {
    const { app } = await boundApp();
    const browser = new Browser(app);
    await browser.signIn();
    const proofs = [browser.device, createDevice()].map((device) => device.proveKey(browser.challenge ?? ''));
    const answers = await Promise.all(proofs.map((proof) => browser.copy().register(undefined, proof)));
    expect(answers.map(({ statusCode }) => statusCode).sort()).toEqual([200, 409]);
  });

  it('is closed a minute after sign-in', async () => {
    const { app, time } = await boundApp();
    const browser = new Browser(app);
    await browser.signIn();
    time.now += MINUTE;
    const answer = await browser.register();
    expect([answer.statusCode, answer.json().code]).toEqual([403, 'ERR_DEVICE_REGISTRATION_CLOSED']);
    expect(await browser.readMe()).toBe(200);
  });

  it('without a session is 401', async () => {
    const { app } = await boundApp();
    const answer = await new Browser(app).register();
    expect([answer.statusCode, answer.json().code]).toEqual([401, 'ERR_SESSION_INVALID']);
  });

  it('with the cookies of two live sessions binds neither', async () => {
    const { app } = await boundApp();
    const [browser, planted] = [new Browser(app), new Browser(app)];
    await browser.signIn();
    await planted.signIn();
    const cookie = `${SESSION}=${planted.cookies.get(SESSION)}; ${SESSION}=${browser.cookies.get(SESSION)}`;
    const headers = { cookie, 'secure-session-response': browser.device.proveKey(browser.challenge ?? '') };
    const answer = await app.inject({ method: 'POST', url: '/auth/device/register', headers });
    expect([answer.statusCode, answer.json().code]).toEqual([401, 'ERR_SESSION_INVALID']);
    const sessions = await app.sessions.list('ada');
    expect(sessions.map((session) => app.sessions.describe(session).bound)).toEqual([false, false]);
  });
});

describe('refresh', () => {
  it('takes one request with the challenge that was sent ahead', async () => {
    const { browser, time } = await boundBrowser();
    for (let round = 0; round < 3; round++) {
      time.now += 6 * MINUTE;
      expect(await browser.loseDeviceCookie().readMe()).toBe('ERR_DEVICE_COOKIE_MISSING');
      const answer = await browser.tryRefresh();
      expect(answer.json()).toMatchObject({ session_identifier: browser.bindingId, refresh_url: 'refresh' });
      expect(answer.headers['cache-control']).toBe('no-store');
      expect(await browser.readMe()).toBe(200);
    }
  });

  it('without a proof is 403 with the challenge to sign, and changes nothing', async () => {
    const { app, browser } = await boundBrowser();
    const before = await readStored(app);
    const sent = browser.challenge;
    browser.challenge = undefined;
    const answer = await browser.tryRefresh();
    expect(answer.statusCode).toBe(403);
    expect(answer.headers['secure-session-challenge']).toBe(`"${sent}";id="${browser.bindingId}"`);
    expect(answer.json()).toMatchObject({ statusCode: 403, code: 'ERR_DEVICE_CHALLENGED', error: 'Forbidden' });
    expect(await readStored(app)).toEqual(before);
    expect((await browser.tryRefresh()).statusCode).toBe(200);
  });

  it('with the proof of the refresh before it (its answer was lost) is 403 with a new challenge', async () => {
    const { browser } = await boundBrowser();
    const used = browser.device.prove({ jti: browser.challenge });
    const first = await browser.tryRefresh(used);
    const again = await browser.tryRefresh(used);
    expect([first.statusCode, again.statusCode]).toEqual([200, 403]);
    expect((await browser.tryRefresh()).statusCode).toBe(200);
  });

  it('whose answer was lost leaves the cookie that the browser has as it was, until the next answer is there', async () => {
    const { browser, time } = await boundBrowser();
    time.now += 3 * MINUTE;
    const tab = browser.copy();
    // The browser never gets the answer: its cookies and its challenge stay the same.
    const lost = Object.assign(browser.copy(), { ...browser, cookies: new Map(browser.cookies) });
    await lost.tryRefresh();
    expect((await browser.refresh()).statusCode).toBe(200);
    expect([await tab.readMe(), await browser.readMe()]).toEqual([200, 200]);
  });

  it('with a challenge that has expired is 403 with a new one', async () => {
    const { browser, time } = await boundBrowser({ idleMs: 120 * MINUTE });
    time.now += 60 * MINUTE;
    const old = browser.challenge;
    const answer = await browser.tryRefresh();
    expect([answer.statusCode, browser.challenge === old]).toEqual([403, false]);
    expect((await browser.tryRefresh()).statusCode).toBe(200);
  });

  it('of two tabs with one challenge gives both a cookie that works', async () => {
    const { browser } = await boundBrowser();
    const tabs = [browser, browser].map((from) =>
      Object.assign(from.copy(), { ...from, cookies: new Map(from.cookies) }),
    );
    const first = await Promise.all(tabs.map((tab) => tab.tryRefresh()));
    expect(first.map(({ statusCode }) => statusCode).sort()).toEqual([200, 403]);
    const last = await Promise.all(tabs.map((tab, at) => (first[at]?.statusCode === 403 ? tab.refresh() : undefined)));
    expect(last.map((answer) => answer?.statusCode).sort()).toEqual([200, undefined]);
    expect(await Promise.all(tabs.map((tab) => tab.readMe()))).toEqual([200, 200]);
  });

  it.each([
    ['another key', () => createDevice()],
    ['another algorithm', () => createDevice('RS256')],
  ])('signed by %s is 400, and changes nothing', async (_name, other) => {
    const { app, browser } = await boundBrowser();
    const before = await readStored(app);
    const answer = await browser.tryRefresh(other().prove({ jti: browser.challenge }));
    expect([answer.statusCode, answer.json().code]).toEqual([400, 'ERR_DEVICE_PROOF_INVALID']);
    expect(await readStored(app)).toEqual(before);
  });

  it('moves no idle expiry and raises no version', async () => {
    const { app, browser, time } = await boundBrowser();
    const before = await readStored(app);
    time.now += 4 * MINUTE;
    await browser.refresh();
    const { version, idleExpiresAt } = (await readStored(app)) ?? {};
    expect({ version, idleExpiresAt }).toEqual({ version: before?.version, idleExpiresAt: before?.idleExpiresAt });
  });

  it('beside a request that changes the session keeps both', async () => {
    const { wait, reached, open } = gate();
    const { app, browser } = await boundBrowser({
      routes: (routes) => {
        routes.post('/slow-count', async (request) => {
          request.session.count = 7;
          await wait();
          return {};
        });
      },
    });
    const slow = browser.ask('POST', '/slow-count');
    await reached;
    expect((await browser.tryRefresh()).statusCode).toBe(200);
    open();
    expect((await slow).statusCode).toBe(200);
    expect((await browser.ask('GET', '/session')).json()).toEqual({ count: 7 });
    expect((await browser.tryRefresh()).statusCode).toBe(200);
    expect((await readStored(app))?.version).toBe(2);
  });
});

describe('the end of a binding', () => {
  it('without a session cookie the browser drops it immediately', async () => {
    const { browser } = await boundBrowser();
    await browser.ask('POST', '/logout');
    expect([...browser.cookies]).toEqual([]);
    const answer = await browser.tryRefresh();
    expect(answer.json()).toEqual({ session_identifier: browser.bindingId, continue: false });
    expect(answer.statusCode).toBe(200);
  });

  it('a session that ended elsewhere is confirmed by a second request, after a wait', async () => {
    const { app, browser } = await boundBrowser();
    await app.sessions.revokeAll('ada');
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const first = browser.tryRefresh();
    await vi.waitFor(() => expect(vi.getTimerCount()).toBe(1));
    vi.advanceTimersByTime(1_000);
    expect((await first).statusCode).toBe(403);
    const second = await browser.tryRefresh();
    expect(second.json()).toEqual({ session_identifier: browser.bindingId, continue: false });
    expect(setCookies(second)).toEqual([]);
  });

  it('is confirmed for 1,000 refreshes at the same time, and one more is 503', async () => {
    const { app, browser } = await boundBrowser();
    await app.sessions.revokeAll('ada');
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const waiting = Array.from({ length: 1_000 }, () => browser.tryRefresh());
    await vi.waitFor(() => expect(vi.getTimerCount()).toBe(1_000), 10_000);
    const refused = await browser.tryRefresh();
    expect([refused.statusCode, refused.json().code]).toEqual([503, 'ERR_STORE_UNAVAILABLE']);
    vi.advanceTimersByTime(1_000);
    const answers = await Promise.all(waiting);
    expect(new Set(answers.map(({ statusCode }) => statusCode))).toEqual(new Set([403]));
    expect((await browser.tryRefresh()).json()).toMatchObject({ continue: false });
  });

  it('does not come from a regenerate whose answer is still on its way', async () => {
    const { browser } = await boundBrowser({
      routes: (routes) => routes.post('/renew', (request) => request.session.regenerate().then(() => ({}))),
    });
    const late = Object.assign(browser.copy(), { bindingId: browser.bindingId, refreshUrl: browser.refreshUrl });
    await browser.ask('POST', '/renew');
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const first = late.tryRefresh();
    await vi.waitFor(() => expect(vi.getTimerCount()).toBe(1));
    vi.advanceTimersByTime(1_000);
    expect((await first).statusCode).toBe(403);
    expect(late.challenge).toMatch(/^ended-/);
    browser.challenge = late.challenge;
    expect((await browser.tryRefresh()).statusCode).toBe(403);
    expect((await browser.tryRefresh()).statusCode).toBe(200);
    expect(await browser.readMe()).toBe(200);
  });

  it('comes for the former binding after a new sign-in, and the new one goes on', async () => {
    const { browser } = await boundBrowser();
    const former = { bindingId: browser.bindingId, challenge: browser.challenge };
    await browser.signIn();
    await browser.register();
    const { bindingId, challenge } = browser;
    Object.assign(browser, former);
    const answer = await browser.tryRefresh();
    expect(answer.json()).toEqual({ session_identifier: former.bindingId, continue: false });
    expect(setCookies(answer)).toEqual([]);
    Object.assign(browser, { bindingId, challenge });
    expect((await browser.tryRefresh()).statusCode).toBe(200);
  });

  it('does not come while the record cannot be read: 503', async () => {
    const { app, browser, store } = await boundBrowser();
    const stored = await readStored(app);
    const unreadable = { from: stored?.details ?? '', to: '{"binding":{"id":7}}' };
    await store.replaceDetails(stored?.id ?? '', unreadable);
    const answer = await browser.tryRefresh();
    expect([answer.statusCode, answer.json().code]).toEqual([503, 'ERR_STORE_UNAVAILABLE']);
  });

  it('does not come while the store is down: 503, and afterwards all is as before', async () => {
    let isDown = false;
    const refuse = () => Promise.reject(new Error('down'));
    const time = { now: 1_800_000_000_000 };
    const store = new Proxy(
      memory(() => time.now),
      {
        get: (target, name) => (isDown && name === 'read' ? refuse : Reflect.get(target, name)),
      },
    );
    const { browser } = await boundBrowser({ store });
    isDown = true;
    const answer = await browser.tryRefresh();
    expect([answer.statusCode, answer.json().code]).toEqual([503, 'ERR_STORE_UNAVAILABLE']);
    isDown = false;
    expect((await browser.tryRefresh()).statusCode).toBe(200);
  });
});

it('a refresh of a session that is too large since a limit was lowered is 503, which keeps the binding', async () => {
  let isTooLarge = false;
  const refuse = () => Promise.reject(new AuthError('ERR_SESSION_DATA_TOO_LARGE'));
  const store = new Proxy(memory(), {
    get: (target, name) => (isTooLarge && name === 'replaceDetails' ? refuse : Reflect.get(target, name)),
  });
  const { browser } = await boundBrowser({ store });
  isTooLarge = true;
  const answer = await browser.tryRefresh();
  expect([answer.statusCode, answer.json().code]).toEqual([503, 'ERR_STORE_FULL']);
  isTooLarge = false;
  expect((await browser.tryRefresh()).statusCode).toBe(200);
});

it('a signed-in request reads once, and a refresh reads once and writes once', async () => {
  const time = { now: 1_800_000_000_000 };
  const calls: string[] = [];
  const store = new Proxy(
    memory(() => time.now),
    {
      get(target, name) {
        const value = Reflect.get(target, name);
        if (typeof value !== 'function' || name === 'clock') return value;
        return (...args: unknown[]) => {
          calls.push(String(name));
          return Reflect.apply(value, target, args);
        };
      },
    },
  );
  const { browser } = await boundBrowser({ store });
  const listCalls = async (act: () => Promise<unknown>) => {
    calls.length = 0;
    await act();
    return calls.filter((name) => name !== 'ready');
  };
  expect(await listCalls(() => browser.readMe())).toEqual(['read']);
  expect(await listCalls(() => browser.tryRefresh())).toEqual(['read', 'replaceDetails']);
  expect(await listCalls(() => browser.tryRefresh(browser.device.prove({ jti: 'stale' })))).toEqual(['read']);
});

it('a refresh waits for the store no longer than its deadline, and is then 503', async () => {
  const memoryStore = memory();
  let isStuck = false;
  const store = new Proxy(Object.assign(memoryStore, { deadlineMs: 50 }), {
    get: (target, name) =>
      isStuck && name === 'read' ? () => new Promise(() => undefined) : Reflect.get(target, name),
  });
  const { browser } = await boundBrowser({ store });
  isStuck = true;
  const answer = await browser.tryRefresh();
  expect([answer.statusCode, answer.json().code]).toEqual([503, 'ERR_STORE_UNAVAILABLE']);
});

it('a registration that the store answers late is no 503 that leaves a session bound', async () => {
  const late = (call: () => unknown) => new Promise((resolve) => setTimeout(() => resolve(call()), 60));
  const store = new Proxy(Object.assign(memory(), { deadlineMs: 100 }), {
    get(target, name) {
      const value = Reflect.get(target, name);
      if (name !== 'read' && name !== 'replaceDetails') return value;
      return (...args: unknown[]) => late(() => Reflect.apply(value as (...all: unknown[]) => unknown, target, args));
    },
  });
  const { app } = await boundApp({ store });
  const browser = new Browser(app);
  await browser.signIn();
  expect((await browser.register()).statusCode).toBe(200);
});

describe('the endpoints', () => {
  const BODIES: [string, Record<string, string>, string | undefined][] = [
    ['no body', {}, undefined],
    ['JSON that is none', { 'content-type': 'application/json' }, '{'],
    ['an empty body of JSON', { 'content-type': 'application/json' }, undefined],
    ['a form', { 'content-type': 'application/x-www-form-urlencoded' }, 'a=b'],
    ['an unknown type', { 'content-type': 'image/png' }, 'x'],
    ['a type that is none', { 'content-type': ';;;' }, 'x'],
    ['a body without a type', {}, 'x'],
    ['2 MB', { 'content-type': 'text/plain' }, 'x'.repeat(2 * 1024 * 1024)],
  ];
  it.each(BODIES)('ignore %s', async (_name, headers, payload) => {
    const { browser } = await boundBrowser();
    const answer = await browser.ask('POST', browser.refreshUrl, {
      headers: {
        ...headers,
        'sec-secure-session-id': browser.bindingId,
        'secure-session-response': browser.device.prove({ jti: browser.challenge }),
      },
      ...(payload !== undefined && { payload }),
    });
    expect(answer.statusCode).toBe(200);
  });

  it.each(['cross-site', 'same-site', 'none'])('answer a browser that sends Sec-Fetch-Site: %s', async (site) => {
    const { browser } = await boundBrowser();
    const answer = await browser.ask('POST', browser.refreshUrl, {
      headers: { 'sec-fetch-site': site, origin: 'https://evil.example', 'sec-secure-session-id': browser.bindingId },
    });
    expect([answer.statusCode, readChallenge(answer)]).toEqual([403, browser.challenge]);
  });

  it('ask the store nothing for a request that a page of another site can make', async () => {
    const { browser, store } = await boundBrowser();
    const read = vi.spyOn(store, 'read');
    const answers = [
      await browser.ask('POST', '/auth/device/register'),
      await browser.ask('POST', '/auth/device/refresh'),
    ];
    expect(answers.map(({ statusCode }) => statusCode)).toEqual([400, 400]);
    expect(read).not.toHaveBeenCalled();
  });

  it.each(['GET', 'HEAD', 'OPTIONS', 'PUT'] as const)('have no %s', async (method) => {
    const { app } = await boundApp();
    expect((await app.inject({ method, url: '/auth/device/refresh' })).statusCode).toBe(404);
  });

  it.each([
    ['requirePrincipal', (app: FastifyInstance) => app.requirePrincipal],
    ['requireRole', (app: FastifyInstance) => app.requireRole('member')],
  ])('work where %s is a hook of the whole app', async (_name, getGuard) => {
    const app = Fastify({ trustProxy: true });
    await app.register(sessionPlugin, { store: memory(), deviceBound: true });
    const guard = getGuard(app);
    app.addHook('onRequest', (request, reply, done) =>
      request.url === '/login' ? done() : guard.call(app, request, reply, done),
    );
    app.post('/login', (request) => request.signIn(ADA).then(() => ({})));
    app.get('/me', () => ({}));
    const browser = new Browser(app);
    expect((await browser.ask('GET', '/me')).statusCode).toBe(401);
    await browser.signIn();
    expect([(await browser.register()).statusCode, (await browser.refresh()).statusCode]).toEqual([200, 200]);
    expect(await browser.readMe()).toBe(200);
  });

  it('have paths of your own', async () => {
    const { app } = await boundApp({ deviceBound: { registerPath: '/key', refreshPath: '/a/again' } });
    const browser = new Browser(app);
    expect(readOffer(await browser.signIn())?.path).toBe('key');
    expect((await browser.register('/key')).json().refresh_url).toBe('a/again');
    expect((await browser.refresh()).json().refresh_url).toBe('again');
  });

  it.each([
    ['an identifier that is none', { 'sec-secure-session-id': '"a' }],
    ['two identifiers', { 'sec-secure-session-id': 'a, b' }],
    ['a proof that is none', { 'sec-secure-session-id': 'a', 'secure-session-response': '(a)' }],
    ['two proofs', { 'sec-secure-session-id': 'a', 'secure-session-response': '"a", "b"' }],
    [
      'an identifier that no header of the answer could carry',
      { 'sec-secure-session-id': `"${'\\\\'.repeat(4_000)}"` },
    ],
    ['an endless proof', { 'sec-secure-session-id': 'a', 'secure-session-response': 'a'.repeat(100_000) }],
  ])('refuse %s with 400, and change nothing', async (_name, headers) => {
    const { app, browser } = await boundBrowser();
    const before = await readStored(app);
    const answer = await browser.ask('POST', browser.refreshUrl, { headers });
    expect([answer.statusCode, answer.json().code]).toEqual([400, 'ERR_DEVICE_PROOF_INVALID']);
    expect(await readStored(app)).toEqual(before);
  });

  it('accept the quoted strings of the draft', async () => {
    const { browser } = await boundBrowser();
    const proof = browser.device.prove({ jti: browser.challenge });
    const headers = { 'sec-secure-session-id': `"${browser.bindingId}"`, 'secure-session-response': `"${proof}"` };
    expect((await browser.ask('POST', browser.refreshUrl, { headers })).statusCode).toBe(200);
  });
});
