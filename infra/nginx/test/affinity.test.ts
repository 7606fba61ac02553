// Affinity: a user's requests go to one server.

import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type Gateway, startNginx } from '../src/index.ts';
import { type Answer, readCookies, send } from './client.ts';
import { startUpstream, type Upstream } from './upstream.ts';

let servers: Upstream[];
let gateway: Gateway;
const all = () => servers.map(({ url }) => url);

beforeAll(async () => {
  servers = await Promise.all(
    Array.from({ length: 10 }, (_, number) =>
      startUpstream(`server-${number}`, ({ path, method, headers }, answer) => {
        if (method !== 'POST' || !path.startsWith('/auth/')) return false;
        if (headers.authorization === 'wrong') answer.writeHead(401);
        else answer.setHeader('set-cookie', 'session=fresh; Path=/');
        answer.end();
        return true;
      }),
    ),
  );
  gateway = await startNginx({ stateless: all(), stateful: all(), signInsPerSecond: 'off' });
});

afterAll(async () => {
  await gateway.stop();
  await Promise.all(servers.map((server) => server.stop()));
});

const readServer = ({ headers }: Answer) => String(headers['x-served-by']);
const ask = async (cookie: string, path = '/api/stateful/auth/me') =>
  readServer(await send(gateway, path, { headers: { cookie } }));
const signIn = (headers = {}, https = false) =>
  send(gateway, '/api/stateful/auth/login', { method: 'POST', headers, https });
const places = async (cookies: readonly string[]) =>
  new Map(await Promise.all(cookies.map(async (cookie) => [cookie, await ask(cookie)] as const)));

// The form of session tokens: 16 characters and 43.
const users = Array.from({ length: 1000 }, (_, number) => `session=${`user${number}`.padEnd(59, 'x')}`);

describe('by session cookie', () => {
  it('1,000 users get the same server each time, and every server gets some of them', async () => {
    const first = await places(users);
    expect(await places(users)).toEqual(first);
    const shares = servers.map(({ name }) => [...first.values()].filter((place) => place === name).length);
    expect(Math.min(...shares)).toBeGreaterThan(30);
    expect(Math.max(...shares)).toBeLessThan(250);
  });

  it('only the users of a removed server move: about a tenth', async () => {
    const before = await places(users);
    await gateway.reload({ stateful: all().slice(0, 9) });
    const after = await places(users);
    await gateway.reload({ stateful: all() });
    const moved = users.filter((user) => before.get(user) !== after.get(user));
    expect(moved).toEqual(users.filter((user) => before.get(user) === 'server-9'));
    expect(moved.length).toBeGreaterThan(30);
    expect(moved.length).toBeLessThan(250);
  });

  it('only the users of an unreachable server move, and they return to it', async () => {
    const some = users.slice(0, 200);
    const before = await places(some);
    const { name } = servers[3] ?? { name: '' };
    await servers[3]?.stop();
    const during = await places(some);
    await servers[3]?.restart();
    // A reload makes nginx forget that the server could not be reached.
    await gateway.reload({});
    expect(some.filter((user) => during.get(user) !== before.get(user))).toEqual(
      some.filter((user) => before.get(user) === name),
    );
    expect(await places(some)).toEqual(before);
  });

  it.each([
    ['over TLS', (value: string) => `__Host-session=${value}`],
    ['among others', (value: string) => `theme=dark; session=${value}; a=b`],
  ])('is found %s', async (_how, cookie) => {
    const values = Array.from({ length: 20 }, (_, number) => `v${number}`);
    const first = await places(values.map(cookie));
    expect(await places(values.map(cookie))).toEqual(first);
    expect(new Set(first.values()).size).toBeGreaterThan(3);
  });
});

describe('by the cookie that a sign-in gets', () => {
  it('every later request goes to the server that signed the user in', async () => {
    const places = new Set<string>();
    for (let user = 0; user < 30; user++) {
      const answer = await signIn();
      const affinity = readCookies(answer).affinity?.split(';')[0];
      const cookie = `session=fresh${user}; affinity=${affinity}`;
      expect([await ask(cookie), await ask(cookie)]).toEqual([readServer(answer), readServer(answer)]);
      places.add(readServer(answer));
    }
    // Sign-ins spread.
    expect(places.size).toBeGreaterThan(4);
  });

  it('it is a plain one over HTTP, and bound to host and TLS over HTTPS', async () => {
    expect(readCookies(await signIn())).toEqual({
      session: 'fresh; Path=/',
      affinity: expect.stringMatching(/^[0-9a-f]{16}; Path=\/; HttpOnly; SameSite=Lax$/),
    });
    expect(readCookies(await signIn({}, true))).toEqual({
      session: 'fresh; Path=/',
      '__Host-affinity': expect.stringMatching(/^[0-9a-f]{16}; Path=\/; Secure; HttpOnly; SameSite=Lax$/),
    });
  });

  it('a registration sets it, too, so that the sign-in after it finds the account', async () => {
    const answer = await send(gateway, '/api/stateful/auth/register', { method: 'POST' });
    const cookie = `affinity=${readCookies(answer).affinity?.split(';')[0]}`;
    const next = await signIn({ cookie });
    expect(readServer(next)).toBe(readServer(answer));
    expect(readCookies(next)).not.toHaveProperty('affinity');
  });

  it('it is not set by a GET, by a refused sign-in, by another route, or by the stateless API', async () => {
    const answers = await Promise.all([
      send(gateway, '/api/stateful/auth/login'),
      send(gateway, '/api/stateful/auth/password', { method: 'POST' }),
      signIn({ authorization: 'wrong' }),
      send(gateway, '/api/stateful/auth/logout', { method: 'POST' }),
      send(gateway, '/api/stateless/auth/login', { method: 'POST' }),
    ]);
    for (const answer of answers) expect(Object.keys(readCookies(answer))).not.toContain('affinity');
  });

  it('it is accepted only in the form in which the gateway makes it', async () => {
    const session = 'session=somebody';
    const place = await ask(session);
    for (const forged of ['', 'x', '0123456789abcdeg', '0123456789abcdef0', '../../etc/passwd', '0123456789ABCDEF']) {
      expect(await ask(`affinity=${forged}; ${session}`)).toBe(place);
      expect(readCookies(await signIn({ cookie: `affinity=${forged}` }))).toHaveProperty('affinity');
    }
  });

  it('over HTTPS, a cookie that plain HTTP can set has no effect', async () => {
    const session = '__Host-session=somebody';
    const headers = { cookie: session };
    const place = readServer(await send(gateway, '/api/stateful/x', { headers, https: true }));
    for (let count = 0; count < 10; count++) {
      const planted = { cookie: `affinity=${String(count).padEnd(16, '0')}; ${session}` };
      expect(readServer(await send(gateway, '/api/stateful/x', { headers: planted, https: true }))).toBe(place);
    }
  });
});

describe('affinity none', () => {
  afterEach(() => gateway.reload({ affinity: 'cookie' }));

  it('sends a user to each server in turn, and sets no cookie', async () => {
    await gateway.reload({ affinity: 'none' });
    const cookie = users[0] ?? '';
    const served = new Set<string>();
    for (let count = 0; count < 40; count++) served.add(await ask(cookie));
    expect(served.size).toBe(10);
    expect(Object.keys(readCookies(await signIn()))).toEqual(['session']);
  });
});
