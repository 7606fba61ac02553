// What the servers of examples/by-hand lack: each test breaks the server by hand, and the same steps fail on the server
// with the library. examples/by-hand/README.md numbers them.

import { createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import * as stateful from '../examples/by-hand/stateful-server.ts';
import * as statefulWithLibrary from '../examples/by-hand/stateful-with-library.ts';
import * as stateless from '../examples/by-hand/stateless-server.ts';
import * as statelessWithLibrary from '../examples/by-hand/stateless-with-library.ts';

const { countComparisons } = vi.hoisted(() => ({ countComparisons: vi.fn() }));
vi.mock('node:crypto', async (importOriginal) => {
  const crypto = await importOriginal<typeof import('node:crypto')>();
  const timingSafeEqual: typeof crypto.timingSafeEqual = (a, b) => {
    countComparisons();
    return crypto.timingSafeEqual(a, b);
  };
  return { ...crypto, timingSafeEqual };
});

const KEY = 'a key that both tests and servers have: 7GkP2vXq';
const DAY_MS = 86_400_000;
const ada = { username: 'ada', password: 'correct horse battery staple' };

type Headers = Record<string, string>;
type Server = Awaited<ReturnType<typeof statefulWithLibrary.buildServer>>;
type Build = () => Server | Promise<Server>;
/** What `app.inject` answers. */
interface Answer {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly cookies: readonly { name: string; value: string; httpOnly?: boolean; sameSite?: string }[];
  // biome-ignore lint/suspicious/noExplicitAny: as Fastify types it
  json(): any;
}

/** One client of one server: it sends the credential of its last sign-in. */
interface Visitor {
  readonly app: Server;
  readonly credential: string;
  get(headers?: Headers): Promise<Answer>;
  post(path: string, headers?: Headers): Promise<Answer>;
}

async function openServer(build: Build, key = KEY): Promise<Server> {
  vi.stubEnv('JWT_SECRET', key);
  const app = await build();
  onTestFinished(() => app.close());
  return app;
}

async function signIn(app: Server, headers: Headers = {}): Promise<Answer> {
  await app.inject({ method: 'POST', url: '/auth/register', payload: ada });
  const answer = await app.inject({ method: 'POST', url: '/auth/login', payload: ada, headers });
  expect(answer.statusCode).toBe(200);
  return answer;
}

function createVisitor(app: Server, credential: string, carry: Headers): Visitor {
  return {
    app,
    credential,
    get: (headers) => app.inject({ url: '/auth/me', headers: { ...carry, ...headers } }),
    post: (url, headers) => app.inject({ method: 'POST', url, headers: { ...carry, ...headers } }),
  };
}

const createTokenVisitor = (app: Server, token: string): Visitor =>
  createVisitor(app, token, { authorization: `Bearer ${token}` });

async function visitWithToken(build: Build): Promise<Visitor> {
  const app = await openServer(build);
  return createTokenVisitor(app, (await signIn(app)).json().accessToken);
}

async function visitWithCookie(build: Build): Promise<Visitor> {
  const app = await openServer(build);
  const { name = '', value = '' } = (await signIn(app)).cookies[0] ?? {};
  return createVisitor(app, value, { cookie: `${name}=${value}` });
}

function moveTime(ms: number): void {
  vi.setSystemTime(Date.now() + ms);
  vi.advanceTimersByTime(ms);
}

function fakeTime(): void {
  vi.useFakeTimers({ toFake: ['Date', 'performance'] });
}

/** A signed token with the key of the service that this server does not belong to. */
function signElsewhere(claims: object): string {
  const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const content = `${encode({ alg: 'HS256', typ: 'JWT' })}.${encode(claims)}`;
  return `${content}.${createHmac('sha256', KEY).update(content).digest('base64url')}`;
}

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllEnvs();
});

describe.each([
  { name: 'by hand', build: stateless.buildServer, isByHand: true },
  { name: 'with the library', build: statelessWithLibrary.buildServer, isByHand: false },
])('the stateless server $name', ({ build, isByHand }) => {
  const broken = isByHand ? 200 : 401;

  it('answers the signed-in user', async () => {
    const ada = await visitWithToken(build);
    expect((await ada.get()).json()).toMatchObject({ user: { username: 'ada', roles: ['user'] } });
  });

  it(`stateless 1, expiry: a token of a year ago is ${isByHand ? 'accepted' : 'refused'}`, async () => {
    fakeTime();
    const ada = await visitWithToken(build);
    moveTime(365 * DAY_MS);
    expect((await ada.get()).statusCode).toBe(broken);
  });

  it(`stateless 2, revocation: a copy of the token is ${isByHand ? 'accepted' : 'refused'} after sign-out`, async () => {
    const ada = await visitWithToken(build);
    await ada.post('/auth/logout');
    expect((await ada.get()).statusCode).toBe(broken);
  });

  it(`stateless 3, purpose: a token for another service is ${isByHand ? 'accepted' : 'refused'}`, async () => {
    const app = await openServer(build);
    const { id, username, roles } = (await signIn(app)).json().user;
    const now = Math.floor(Date.now() / 1000);
    const token = signElsewhere({
      ...{ iss: 'https://shop.example', aud: 'newsletter', sub: id, jti: 'n-1', iat: now, exp: now + 60 },
      ...{ id, username, roles },
    });
    expect((await createTokenVisitor(app, token).get()).statusCode).toBe(broken);
  });

  it(`stateless 4, algorithms and keys: a new key ${isByHand ? 'signs all users out' : 'signs no user out'}`, async () => {
    const { credential } = await visitWithToken(build);
    const next = 'the key of the next quarter: Zp93bQmL5sT0';
    const restarted = await openServer(build, isByHand ? next : `${next},${KEY}`);
    expect((await createTokenVisitor(restarted, credential).get()).statusCode).toBe(isByHand ? 401 : 200);
  });

  it(`stateless 5, timing: the signature ${isByHand ? 'is compared as text' : 'is compared in constant time'}`, async () => {
    const ada = await visitWithToken(build);
    countComparisons.mockClear();
    await ada.get();
    expect(countComparisons).toHaveBeenCalledTimes(isByHand ? 0 : 1);
  });

  it(`stateless 6, caches: they ${isByHand ? 'may' : 'must not'} store the answer about the user`, async () => {
    const ada = await visitWithToken(build);
    expect((await ada.get()).headers['cache-control']).toBe(isByHand ? undefined : 'no-store');
  });
});

describe.each([
  { name: 'by hand', build: stateful.buildServer, isByHand: true },
  { name: 'with the library', build: statefulWithLibrary.buildServer, isByHand: false },
])('the stateful server $name', ({ build, isByHand }) => {
  const broken = isByHand ? 200 : 401;

  it('answers the signed-in user, and no user after sign-out', async () => {
    const ada = await visitWithCookie(build);
    expect((await ada.get()).json()).toMatchObject({ user: { username: 'ada', roles: ['user'] } });
    await ada.post('/auth/logout');
    expect((await ada.get()).statusCode).toBe(401);
  });

  it(`stateful 1, expiry: a session of a year ago is ${isByHand ? 'accepted' : 'refused'}`, async () => {
    fakeTime();
    const ada = await visitWithCookie(build);
    moveTime(365 * DAY_MS);
    expect((await ada.get()).statusCode).toBe(broken);
  });

  it(`stateful 2, revocation: a user has ${isByHand ? 'any number of sessions' : 'at most 20 sessions'}`, async () => {
    const first = await visitWithCookie(build);
    for (let count = 0; count < 20; count += 1) await signIn(first.app);
    expect((await first.get()).statusCode).toBe(broken);
  });

  it(`stateful 3, fixation: a cookie that an attacker planted ${isByHand ? 'is' : 'is not'} signed in`, async () => {
    const planted = { cookie: 'session=planted-by-the-attacker' };
    const app = await openServer(build);
    await signIn(app, planted);
    expect((await app.inject({ url: '/auth/me', headers: planted })).statusCode).toBe(broken);
  });

  it(`stateful 4, cookies: a script of the page ${isByHand ? 'can' : 'cannot'} read the cookie`, async () => {
    const [cookie] = (await signIn(await openServer(build))).cookies;
    expect({ httpOnly: cookie?.httpOnly, sameSite: cookie?.sameSite }).toEqual(
      isByHand ? { httpOnly: undefined, sameSite: undefined } : { httpOnly: true, sameSite: 'Lax' },
    );
  });

  it(`stateful 5, other sites: a foreign page ${isByHand ? 'can' : 'cannot'} sign the user out`, async () => {
    const ada = await visitWithCookie(build);
    await ada.post('/auth/logout', { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' });
    expect((await ada.get()).statusCode).toBe(isByHand ? 401 : 200);
  });

  it(`stateful 6, timing and dumps: the server ${isByHand ? 'keeps' : 'does not keep'} what the cookie holds`, async () => {
    const set = vi.spyOn(Map.prototype, 'set');
    const { credential } = await visitWithCookie(build);
    const keys = set.mock.calls.map(([key]) => key);
    set.mockRestore();
    expect(keys.length).toBeGreaterThan(0);
    expect(keys.includes(credential)).toBe(isByHand);
  });

  it(`stateful 7, caches: they ${isByHand ? 'may' : 'must not'} store the answer about the user`, async () => {
    const ada = await visitWithCookie(build);
    expect((await ada.get()).headers['cache-control']).toBe(isByHand ? undefined : 'no-store');
  });
});

describe('examples/by-hand', () => {
  const read = (name: string) => readFileSync(new URL(`../examples/by-hand/${name}`, import.meta.url), 'utf8');
  const readTitles = (text: string) =>
    [...text.matchAll(/(?:state(?:less|ful) )(\d+, [a-z ]+):/g)].map(([, title]) => title);

  it.each(['stateless', 'stateful'])('the %s server by hand has 50 to 70 lines', (name) => {
    const lines = read(`${name}-server.ts`).trimEnd().split('\n').length;
    expect(lines).toBeGreaterThanOrEqual(50);
    expect(lines).toBeLessThanOrEqual(70);
  });

  it('numbers in its README what the tests show', () => {
    const source = readFileSync(new URL(import.meta.url), 'utf8');
    const listed = [...read('README.md').matchAll(/^(\d+)\. \*\*([^*]+)\*\*/gm)].map(
      ([, number, name = '']) => `${number}, ${name.toLowerCase().replace('.', '')}`,
    );
    expect(listed).toEqual(readTitles(source));
  });
});
