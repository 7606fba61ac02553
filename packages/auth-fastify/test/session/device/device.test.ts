// A bound session in the plugin: the offer at sign-in, what a request without a fresh device cookie may do, and what is
// left after a sign-out.

import { createSessionStrategy } from '@statecraft/auth-core';
import Fastify from 'fastify';
import { describe, expect, it } from 'vitest';
import { type DeviceEvent, sessionPlugin } from '../../../src/index.ts';
import { ADA, memory, setCookies } from '../app.ts';
import { Browser, boundApp, boundBrowser, createDevice, DEVICE, MINUTE, readOffer, SESSION } from './browser.ts';

/** Past the time in which a device cookie, or its absence after registration, is accepted. */
const STALE = 6 * MINUTE;

describe('the offer', () => {
  it('comes with a sign-in over TLS, with a new challenge each time', async () => {
    const { app } = await boundApp();
    const answers = [await new Browser(app).signIn(), await new Browser(app).signIn()];
    const [one, other] = answers.map((answer) => readOffer(answer)?.challenge);
    expect(one).toMatch(/^[\w-]{22}$/);
    expect(other).not.toBe(one);
  });

  it('does not come over plain HTTP: the log has one warning, and the session works unbound', async () => {
    const lines: string[] = [];
    const logger = { level: 'warn', stream: { write: (line: string) => void lines.push(line) } };
    const { app, time } = await boundApp({ fastify: { logger } });
    const browser = new Browser(app);
    for (let round = 0; round < 2; round++) {
      const answer = await browser.ask('POST', '/login', { headers: { 'x-forwarded-proto': 'http' } });
      expect(answer.headers).not.toHaveProperty('secure-session-registration');
    }
    expect(lines.map((line) => JSON.parse(line).msg)).toEqual([expect.stringContaining('trustProxy')]);
    time.now += STALE;
    expect(await browser.readMe()).toBe(200);
  });

  it('comes with no other answer', async () => {
    const { browser } = await boundBrowser({
      routes: (routes) => routes.post('/renew', (request) => request.session.regenerate().then(() => ({}))),
    });
    const answers = [
      await browser.ask('GET', '/me'),
      await browser.ask('POST', '/count'),
      await browser.ask('POST', '/renew'),
      await new Browser(browser.app).ask('POST', '/count'),
    ];
    expect(answers.map(({ headers }) => headers['secure-session-registration'])).toEqual(Array(4).fill(undefined));
  });

  it('is withdrawn when the same request ends the session', async () => {
    const { app } = await boundApp({
      routes: (routes) =>
        routes.post('/in-and-out', async (request) => {
          await request.signIn(ADA);
          await request.session.destroy();
          return {};
        }),
    });
    expect(readOffer(await new Browser(app).signIn('/in-and-out'))).toBeUndefined();
  });

  it('is in the headers of a hijacked reply', async () => {
    const { app } = await boundApp({
      routes: (routes) =>
        routes.post('/hijack', async (request, reply) => {
          await request.signIn(ADA);
          reply.hijack();
          reply.raw.writeHead(200, reply.getHeaders() as never).end();
        }),
    });
    expect(readOffer(await new Browser(app).signIn('/hijack'))).toBeDefined();
  });

  it('does not come, and no endpoint exists, without the option', async () => {
    const { app } = await boundApp({ deviceBound: false });
    const browser = new Browser(app);
    expect(readOffer(await browser.signIn())).toBeUndefined();
    expect((await browser.register()).statusCode).toBe(404);
  });

  it('is relative, so that it is right under a prefix and behind one', async () => {
    const app = Fastify({ trustProxy: true });
    await app.register(
      async (part) => {
        await part.register(sessionPlugin, { store: memory(), deviceBound: true });
        part.post('/auth/login', (request) => request.signIn(ADA).then(() => ({})));
      },
      { prefix: '/api' },
    );
    const browser = new Browser(app);
    expect(readOffer(await browser.signIn('/api/auth/login'))?.path).toBe('device/register');
    expect((await browser.register('/api/auth/device/register')).statusCode).toBe(200);
    expect(browser.refreshUrl).toBe('/api/auth/device/refresh');
    expect((await browser.refresh()).statusCode).toBe(200);
  });
});

describe('a request of a bound session without a fresh device cookie', () => {
  it('is 401 with a code of its own, and sets no cookie, ends nothing and moves no expiry', async () => {
    const { app, browser, time } = await boundBrowser();
    const [before] = await app.sessions.list('ada');
    time.now += STALE;
    const answer = await browser.ask('GET', '/me');
    expect([answer.statusCode, answer.json().code]).toEqual([401, 'ERR_DEVICE_COOKIE_MISSING']);
    expect([setCookies(answer), answer.headers['cache-control']]).toEqual([[], 'no-store']);
    expect(await app.sessions.list('ada')).toEqual([before]);
  });

  it('is accepted until the first device cookie could have expired', async () => {
    const { app } = await boundApp();
    const browser = new Browser(app);
    await browser.signIn();
    await browser.register();
    expect(await browser.loseDeviceCookie().readMe()).toBe(200);
  });

  it('is anonymous on a public route, and starts no session in place of its own', async () => {
    const { app, browser, time } = await boundBrowser({ saveUninitialized: true });
    time.now += STALE;
    const answers = [
      await browser.ask('GET', '/session'),
      await browser.ask('POST', '/count'),
      await browser.ask('GET', '/public'),
    ];
    expect(answers.map((answer) => [answer.statusCode, setCookies(answer)])).toEqual(Array(3).fill([200, []]));
    expect((await browser.refresh()).statusCode).toBe(200);
    expect(await browser.readMe()).toBe(200);
    expect(await app.sessions.list('ada')).toHaveLength(1);
  });

  it.each(['save', 'regenerate'] as const)('is 401 on a public route that calls %s', async (method) => {
    const { browser, time } = await boundBrowser({
      routes: (routes) =>
        routes.post('/act', async (request) => {
          request.session.count = 1;
          await request.session[method]();
          return {};
        }),
    });
    time.now += STALE;
    const answer = await browser.ask('POST', '/act');
    expect([answer.statusCode, answer.json().code, setCookies(answer)]).toEqual([401, 'ERR_DEVICE_COOKIE_MISSING', []]);
  });

  it('can sign out, and then the session has ended', async () => {
    const { app, browser, time } = await boundBrowser();
    time.now += STALE;
    await browser.loseDeviceCookie().ask('POST', '/logout');
    expect([await app.sessions.list('ada'), [...browser.cookies]]).toEqual([[], []]);
  });

  it('can sign in again, and then the former session has ended', async () => {
    const { app, browser, time } = await boundBrowser();
    time.now += STALE;
    await browser.signIn();
    expect(await app.sessions.list('ada')).toHaveLength(1);
    expect(await browser.readMe()).toBe(200);
  });

  it('that says why it was not renewed has a code of its own, and ends nothing', async () => {
    const { browser, time } = await boundBrowser();
    time.now += STALE;
    const skipped = { 'secure-session-skipped': `quota_exceeded;session_identifier="${browser.bindingId}"` };
    expect(await browser.readMe(skipped)).toBe('ERR_DEVICE_REFRESH_SKIPPED');
    expect((await browser.refresh()).statusCode).toBe(200);
    expect(await browser.readMe(skipped)).toBe(200);
  });

  it('does not make a second live session the only one', async () => {
    const { app, browser, time } = await boundBrowser();
    const planted = new Browser(app);
    await planted.signIn();
    time.now += STALE;
    const both = `${SESSION}=${planted.cookies.get(SESSION)}; ${SESSION}=${browser.cookies.get(SESSION)}`;
    expect(await new Browser(app).readMe({ cookie: both })).toBe('ERR_SESSION_INVALID');
    const dead = `${SESSION}=${'A'.repeat(59)}; ${SESSION}=${browser.cookies.get(SESSION)}`;
    expect(await new Browser(app).readMe({ cookie: dead })).toBe('ERR_DEVICE_COOKIE_MISSING');
  });

  it.each([
    ['a link on another site', { 'sec-fetch-mode': 'navigate', 'sec-fetch-site': 'cross-site' }, '0'],
    ['a link on another host of the site', { 'sec-fetch-mode': 'navigate', 'sec-fetch-site': 'same-site' }, '0'],
    ['a link on its own pages', { 'sec-fetch-mode': 'navigate', 'sec-fetch-site': 'same-origin' }, undefined],
    ['the address bar', { 'sec-fetch-mode': 'navigate', 'sec-fetch-site': 'none' }, undefined],
    ['a fetch', { 'sec-fetch-mode': 'cors', 'sec-fetch-site': 'cross-site' }, undefined],
    ['a program', {}, undefined],
  ])('that comes from %s is loaded once more if that helps', async (_name, headers, refresh) => {
    const { browser, time } = await boundBrowser();
    time.now += STALE;
    const urls = ['/me', '/session'];
    const answers = await Promise.all(urls.map((url) => browser.ask('GET', url, { headers })));
    expect(answers.map((answer) => answer.headers.refresh)).toEqual([refresh, refresh]);
    await browser.refresh();
    expect((await browser.ask('GET', '/me', { headers })).headers).not.toHaveProperty('refresh');
  });

  it.each([
    ['a link on another site', { 'sec-fetch-mode': 'navigate', 'sec-fetch-site': 'cross-site' }],
    ['a program', {}],
  ])('on a public page that may be cached is answered no-store when it comes from %s', async (_name, headers) => {
    const { app, browser, time } = await boundBrowser({
      routes: (routes) =>
        routes.get('/page', (_request, reply) => reply.header('cache-control', 'public, max-age=60').send('page')),
    });
    time.now += STALE;
    expect((await browser.ask('GET', '/page', { headers })).headers['cache-control']).toBe('no-store');
    expect((await new Browser(app).ask('GET', '/page')).headers['cache-control']).toBe('public, max-age=60');
  });

  it('has several device cookies tried', async () => {
    const { app, browser } = await boundBrowser();
    const cookies = [...browser.cookies].map(([name, value]) => `${name}=${value}`);
    const cookie = [`${DEVICE}=${'A'.repeat(43)}`, ...cookies].join('; ');
    expect(await new Browser(app).readMe({ cookie })).toBe(200);
  });
});

it('a copy of all cookies works until the device cookie expires and never after, and the owner goes on', async () => {
  const { browser, time } = await boundBrowser();
  const thief = browser.copy();
  expect(await thief.readMe()).toBe(200);
  time.now += 5 * MINUTE;
  await browser.refresh();
  expect(await thief.readMe()).toBe('ERR_DEVICE_COOKIE_MISSING');
  Object.assign(thief, { bindingId: browser.bindingId, refreshUrl: browser.refreshUrl, challenge: browser.challenge });
  expect((await thief.tryRefresh()).statusCode).toBe(400);
  expect(await thief.readMe()).toBe('ERR_DEVICE_COOKIE_MISSING');
  expect(await browser.readMe()).toBe(200);
});

it('an unbound session is refused after requireBindingAfterMs, an anonymous one is not', async () => {
  const { app, time } = await boundApp({ deviceBound: { requireBindingAfterMs: 10 * MINUTE } });
  const [browser, guest] = [new Browser(app), new Browser(app)];
  await browser.signIn();
  await guest.ask('POST', '/count');
  expect(await browser.readMe()).toBe(200);
  time.now += 10 * MINUTE;
  expect(await browser.readMe()).toBe('ERR_DEVICE_BINDING_REQUIRED');
  expect((await guest.ask('GET', '/session')).json()).toEqual({ count: 1 });
});

describe('afterwards', () => {
  it('regenerate keeps the binding: the device cookie works on, and so does the refresh', async () => {
    const { browser, time } = await boundBrowser({
      routes: (routes) => routes.post('/renew', (request) => request.session.regenerate().then(() => ({}))),
    });
    await browser.ask('POST', '/renew');
    expect(await browser.readMe()).toBe(200);
    time.now += STALE;
    expect((await browser.tryRefresh()).statusCode).toBe(200);
    expect(await browser.readMe()).toBe(200);
  });

  it('a password change ends the copy and the other devices, and this browser stays bound', async () => {
    const { app, browser } = await boundBrowser({
      routes: (routes) =>
        routes.post('/password', async ({ session, sessions }) => {
          await session.regenerate();
          return sessions.revokeAll('ada', { except: session.sessionId ?? '' });
        }),
    });
    const [thief, other] = [browser.copy(), new Browser(app)];
    await other.signIn();
    await other.register();
    await browser.ask('POST', '/password');
    expect([await thief.readMe(), await other.readMe()]).toEqual(['ERR_SESSION_INVALID', 'ERR_SESSION_INVALID']);
    expect((await browser.refresh()).statusCode).toBe(200);
  });

  it('a sign-out removes both cookies', async () => {
    const { browser } = await boundBrowser();
    const cleared = setCookies(await browser.ask('POST', '/logout'));
    expect(cleared).toEqual([
      expect.stringMatching(/^__Host-session=; Max-Age=0; /),
      expect.stringMatching(/^__Host-session-device=; Max-Age=0; .*Path=\/; .*Secure/),
    ]);
  });

  it('a sign-out without a device cookie removes none', async () => {
    const { app } = await boundApp();
    const browser = new Browser(app);
    await browser.signIn();
    expect(setCookies(await browser.ask('POST', '/logout'))).toHaveLength(1);
  });
});

it('a strategy of your own brings its lifetimes, and the plugin the rest', async () => {
  const store = memory();
  const strategy = createSessionStrategy({ store, deviceBound: { lifetimeMs: 240_000 } });
  const app = Fastify({ trustProxy: true });
  await app.register(sessionPlugin, { strategy, deviceBound: { registerPath: '/key' } });
  app.post('/login', (request) => request.signIn(ADA).then(() => ({})));
  const browser = new Browser(app);
  await browser.signIn();
  expect(setCookies(await browser.register('/key'))[0]).toContain('; Max-Age=240;');
});

describe('events', () => {
  it('tell who registered, refreshed, was refused and skipped, and why', async () => {
    const events: DeviceEvent[] = [];
    const { app, browser, time } = await boundBrowser({ deviceBound: { onEvent: (event) => events.push(event) } });
    const [session] = await app.sessions.list('ada');
    await browser.refresh();
    await browser.copy().register(undefined, createDevice().proveKey(browser.challenge ?? ''));
    await browser.tryRefresh('');
    time.now += STALE;
    await browser.readMe();
    for (const reason of ['unreachable', 'bored']) await browser.readMe({ 'secure-session-skipped': reason });
    const whose = { sessionId: session?.id, userId: 'ada' };
    expect(events.map(({ request: _request, ...event }) => event)).toEqual([
      { kind: 'registered', ...whose },
      { kind: 'refreshed', ...whose },
      { kind: 'refused', reason: 'ERR_DEVICE_ALREADY_BOUND', ...whose },
      { kind: 'refused', reason: 'ERR_DEVICE_PROOF_INVALID' },
      { kind: 'refused', reason: 'ERR_DEVICE_COOKIE_MISSING', sessionId: session?.id },
      { kind: 'skipped', reason: 'unreachable', sessionId: session?.id },
      { kind: 'skipped', reason: 'other', sessionId: session?.id },
    ]);
    expect(events[0]?.request.url).toBe('/auth/device/register');
  });

  const fail = () => {
    throw new Error('from the handler');
  };
  it.each([
    ['throws', fail],
    ['answers a promise that is rejected', async () => fail()],
  ])('change no answer when their handler %s, and the log has a line', async (_name, onEvent) => {
    const lines: string[] = [];
    const logger = { level: 'error', stream: { write: (line: string) => void lines.push(line) } };
    const { browser } = await boundBrowser({ deviceBound: { onEvent }, fastify: { logger } });
    expect((await browser.refresh()).statusCode).toBe(200);
    expect(lines.map((line) => JSON.parse(line).err.message)).toEqual(['from the handler', 'from the handler']);
  });
});
