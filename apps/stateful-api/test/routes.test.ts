// Every route of the API, with what it answers, over both stores and both engines.

import type { FastifyInstance } from 'fastify';
import { beforeEach, describe, expect, it } from 'vitest';
import {
  browserOf,
  COOKIE,
  NEW_PASSWORD,
  openApp,
  ownRedis,
  PASSWORD,
  refusal,
  setCookies,
  signedIn,
  statusOf,
  thiefOf,
  WAYS,
} from './app.ts';

const redis = ownRedis();
const ALICE = { id: 'demo-alice', username: 'alice', roles: ['user', 'admin'] };

describe.each(WAYS)('$store, $engine', (way) => {
  let app: FastifyInstance;
  beforeEach(async () => {
    app = await openApp(redis.envOf(way));
  });

  describe('POST /auth/register', () => {
    const register = (username: string, password: string) =>
      browserOf(app).ask('POST', '/auth/register', { username, password });

    it('answers 201 with the user, and signs no user in', async () => {
      const answer = await register('ada', NEW_PASSWORD);
      expect(answer.statusCode).toBe(201);
      expect(answer.json()).toEqual({ user: { id: expect.any(String), username: 'ada', roles: ['user'] } });
      expect(setCookies(answer)).toEqual([]);
    });

    it('answers 409 for a name that is taken', async () => {
      const answer = await register('alice', NEW_PASSWORD);
      expect([...refusal(answer), answer.json().field]).toEqual([409, 'ERR_USERNAME_TAKEN', 'username']);
    });

    it('answers 400 for a weak password', async () => {
      const answer = await register('ada', 'short');
      expect([...refusal(answer), answer.json().field]).toEqual([400, 'ERR_PASSWORD_TOO_SHORT', 'password']);
    });
  });

  describe('POST /auth/login', () => {
    it('answers 200 with the user and one cookie with every flag, and no cache keeps it', async () => {
      const answer = await browserOf(app).signIn();
      expect(answer.json()).toEqual({ user: ALICE });
      expect(answer.headers['cache-control']).toBe('no-store');
      expect(setCookies(answer)).toHaveLength(1);
      const [value = '', ...flags] = setCookies(answer)[0]?.split('; ') ?? [];
      expect(value).toMatch(new RegExp(`^${COOKIE}=[\\w.%+/-]{43,}$`));
      expect(flags.sort()).toEqual(['HttpOnly', 'Path=/', 'SameSite=Lax', 'Secure']);
    });

    it('says the same of an unknown user and of a wrong password, and sets no cookie', async () => {
      const wrong = await browserOf(app).ask('POST', '/auth/login', { username: 'alice', password: 'not this' });
      const unknown = await browserOf(app).ask('POST', '/auth/login', { username: 'nobody', password: 'not this' });
      expect(refusal(wrong)).toEqual([401, 'ERR_CREDENTIALS_WRONG']);
      expect(unknown.json()).toEqual(wrong.json());
      expect(setCookies(wrong)).toEqual([]);
    });

    it('gives a new token each time, and the one before it is dead', async () => {
      const browser = await signedIn(app);
      const before = thiefOf(app, browser);
      await browser.signIn();
      expect(browser.cookie).not.toBe(before.cookie);
      expect([await statusOf(browser), await statusOf(before)]).toEqual([200, 401]);
    });

    it('does not take a session that an attacker planted', async () => {
      const mallory = await signedIn(app, 'bob');
      const victim = browserOf(app, mallory.cookie);
      await victim.signIn('alice');
      expect(victim.cookie).not.toBe(mallory.cookie);
      expect(await statusOf(mallory)).toBe(401);
      expect((await victim.ask('GET', '/auth/me')).json()).toEqual({ user: ALICE });
    });
  });

  describe('GET /auth/me', () => {
    it('answers 200 with the user, and no cache keeps it', async () => {
      const answer = await (await signedIn(app)).ask('GET', '/auth/me');
      expect([answer.statusCode, answer.json()]).toEqual([200, { user: ALICE }]);
      expect(answer.headers['cache-control']).toBe('no-store');
    });
  });

  describe('POST /auth/logout', () => {
    it('answers 204, takes the cookie back, and a copy of it is refused', async () => {
      const browser = await signedIn(app);
      const thief = thiefOf(app, browser);
      expect((await browser.ask('POST', '/auth/logout')).statusCode).toBe(204);
      expect(browser.cookie).toBeUndefined();
      expect(refusal(await thief.ask('GET', '/auth/me'))).toEqual([401, 'ERR_SESSION_INVALID']);
    });

    it('answers 204 to a browser that is not signed in', async () => {
      const answer = await browserOf(app).ask('POST', '/auth/logout');
      expect(answer.statusCode).toBe(204);
    });

    it('leaves the other devices of the user alone', async () => {
      const [phone, laptop] = [await signedIn(app), await signedIn(app)];
      await phone.ask('POST', '/auth/logout');
      expect(await statusOf(laptop)).toBe(200);
    });
  });

  describe('POST /auth/logout-all', () => {
    it('ends all sessions of the user, this one too, and those of no other user', async () => {
      const [phone, laptop, bob] = [await signedIn(app), await signedIn(app), await signedIn(app, 'bob')];
      const thief = thiefOf(app, phone);
      expect((await phone.ask('POST', '/auth/logout-all')).statusCode).toBe(204);
      expect(phone.cookie).toBeUndefined();
      expect([await statusOf(thief), await statusOf(laptop), await statusOf(bob)]).toEqual([401, 401, 200]);
    });
  });

  describe('POST /auth/password', () => {
    const change = { currentPassword: PASSWORD, newPassword: NEW_PASSWORD };

    it('answers 204 and ends the other sessions, not this one and not other people’s', async () => {
      const [phone, laptop, bob] = [await signedIn(app), await signedIn(app), await signedIn(app, 'bob')];
      expect((await phone.ask('POST', '/auth/password', change)).statusCode).toBe(204);
      expect([await statusOf(phone), await statusOf(laptop), await statusOf(bob)]).toEqual([200, 401, 200]);
    });

    it('lets the new one sign in and not the old one', async () => {
      await (await signedIn(app)).ask('POST', '/auth/password', change);
      await browserOf(app).signIn('alice', NEW_PASSWORD);
      const old = await browserOf(app).ask('POST', '/auth/login', { username: 'alice', password: PASSWORD });
      expect(refusal(old)).toEqual([401, 'ERR_CREDENTIALS_WRONG']);
    });

    it('answers 403 for a wrong current one, and ends nothing', async () => {
      const [phone, laptop] = [await signedIn(app), await signedIn(app)];
      const answer = await phone.ask('POST', '/auth/password', { ...change, currentPassword: 'wrong' });
      expect([...refusal(answer), answer.json().field]).toEqual([403, 'ERR_CURRENT_PASSWORD_WRONG', 'currentPassword']);
      expect(await statusOf(laptop)).toBe(200);
    });

    it('gives this session a new token, so that a copy of its cookie is dead, and keeps its cart', async () => {
      const phone = await signedIn(app);
      await phone.ask('POST', '/cart/items', { sku: 'tea', quantity: 1 });
      const thief = thiefOf(app, phone);
      expect((await phone.ask('POST', '/auth/password', change)).statusCode).toBe(204);
      expect(await statusOf(thief)).toBe(401);
      expect(await statusOf(phone)).toBe(200);
      expect((await phone.ask('GET', '/cart')).json().items).toEqual([{ sku: 'tea', quantity: 1 }]);
    });

    it('answers 400 for a weak new one, and ends nothing', async () => {
      const [phone, laptop] = [await signedIn(app), await signedIn(app)];
      const answer = await phone.ask('POST', '/auth/password', { ...change, newPassword: 'password' });
      expect([...refusal(answer), answer.json().field]).toEqual([400, 'ERR_PASSWORD_COMMON', 'newPassword']);
      expect(await statusOf(laptop)).toBe(200);
    });
  });

  describe.each([
    ['GET', '/auth/me'],
    ['POST', '/auth/logout-all'],
    ['GET', '/auth/sessions'],
    ['DELETE', '/auth/sessions/x'],
    ['POST', '/auth/password'],
    ['GET', '/cart'],
    ['POST', '/cart/items'],
    ['DELETE', '/cart/items/tea'],
  ] as const)('%s %s', (method, url) => {
    it('answers 401 without a cookie, and gives none', async () => {
      const answer = await browserOf(app).ask(method, url);
      expect(refusal(answer)).toEqual([401, 'ERR_UNAUTHENTICATED']);
      expect(setCookies(answer)).toEqual([]);
    });

    it('answers 401 to a cookie that no server gave', async () => {
      const answer = await browserOf(app, `${COOKIE}=${'A'.repeat(80)}`).ask(method, url);
      expect(refusal(answer)).toEqual([401, 'ERR_SESSION_INVALID']);
    });
  });

  it('refuses cookies that are nearly right', async () => {
    const { cookie = '' } = await signedIn(app);
    const at = COOKIE.length + 30;
    const flipped = cookie.slice(0, at) + (cookie[at] === 'A' ? 'B' : 'A') + cookie.slice(at + 1);
    const wrong = [flipped, cookie.slice(0, -1), `${cookie}A`, `${cookie}${'A'.repeat(4000)}`, `${COOKIE}=`];
    for (const text of wrong) expect(await statusOf(browserOf(app, text))).toBe(401);
    expect(await statusOf(browserOf(app, cookie))).toBe(200);
  });

  it('gives no cookie on any GET, signed in or not', async () => {
    const whole = await openApp({ ...redis.envOf(way), DOCS: '1' });
    const alice = await signedIn(whole);
    for (const url of ['/auth/me', '/auth/sessions', '/cart', '/health', '/ready', '/openapi.json', '/docs', '/none']) {
      expect(setCookies(await browserOf(whole).ask('GET', url))).toEqual([]);
      expect(setCookies(await alice.ask('GET', url))).toEqual([]);
    }
  });

  it('describes its routes, and says which need the cookie', async () => {
    const whole = await openApp({ ...redis.envOf(way), DOCS: '1' });
    const { paths, components } = (await whole.inject('/openapi.json')).json();
    expect(components.securitySchemes.cookie).toEqual({ type: 'apiKey', in: 'cookie', name: COOKIE });
    const secured = Object.entries<Record<string, { security?: unknown }>>(paths).flatMap(([path, methods]) =>
      Object.entries(methods)
        .filter(([, { security }]) => security !== undefined)
        .map(([method]) => `${method} ${path}`),
    );
    expect(secured.sort()).toEqual([
      'delete /admin/users/{id}',
      'delete /admin/users/{id}/sessions',
      'delete /admin/users/{id}/sessions/{sessionId}',
      'delete /auth/sessions/{id}',
      'delete /cart/items/{sku}',
      'get /admin/users',
      'get /admin/users/{id}',
      'get /admin/users/{id}/sessions',
      'get /auth/me',
      'get /auth/sessions',
      'get /cart',
      'post /admin/users/{id}/disable',
      'post /admin/users/{id}/enable',
      'post /auth/logout-all',
      'post /auth/password',
      'post /cart/items',
      'put /admin/users/{id}/roles',
    ]);
    for (const open of ['/auth/register', '/auth/login', '/auth/logout', '/health', '/ready'])
      expect(paths).toHaveProperty([open]);
  });

  it('ends the oldest session beyond SESSION_MAX_PER_USER', async () => {
    const small = await openApp({ ...redis.envOf(way), SESSION_MAX_PER_USER: '2' });
    const three = [await signedIn(small), await signedIn(small), await signedIn(small)];
    expect(await Promise.all(three.map(statusOf))).toEqual([401, 200, 200]);
  });
});
