// The real APIs behind the gateway, as processes.

import { type NodeProcess, startNode } from '@statecraft/infra-dev';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type Gateway, startNginx } from '../src/index.ts';
import { type Answer, type RequestOptions, readCookies, send } from './client.ts';

const SHARED = {
  PORT: '0',
  TRUST_PROXY: '127.0.0.1',
  DEMO_USERS: '1',
  PASSWORD_MEMORY_KIB: '8',
  LOG_LEVEL: 'info',
  DOCS: '0',
};
const STATEFUL = ['stateful-1', 'stateful-2', 'stateful-3'];

let apps: NodeProcess[];
let gateway: Gateway;

beforeAll(async () => {
  const start = (api: string, name: string, env = {}) =>
    startNode(new URL(`../../../apps/${api}-api/src/main.ts`, import.meta.url), {
      env: { ...SHARED, INSTANCE_ID: name, ...env },
    });
  apps = [
    start('stateless', 'stateless-1'),
    ...STATEFUL.map((name) => start('stateful', name, { SESSION_COOKIE_SECURE: '1' })),
  ];
  const [stateless = '', ...stateful] = await Promise.all(apps.map(({ url }) => url));
  gateway = await startNginx({ stateless: [stateless], stateful, signInsPerSecond: 'off' });
}, 60_000);

afterAll(async () => {
  await gateway?.stop();
  await Promise.all(apps.map((app) => app.stop()));
});

const JSON_TYPE = { 'content-type': 'application/json' };
const alice = JSON.stringify({ username: 'alice', password: 'keep-me-signed-in' });
const signIn = (options: RequestOptions = {}) =>
  send(gateway, '/api/stateful/auth/login', {
    method: 'POST',
    body: alice,
    https: true,
    ...options,
    headers: { ...JSON_TYPE, ...options.headers },
  });
const me = (cookie: string) => send(gateway, '/api/stateful/auth/me', { headers: { cookie }, https: true });
const formatCookie = (answer: Answer, names = /./) =>
  Object.entries(readCookies(answer))
    .filter(([name]) => names.test(name))
    .map(([name, rest]) => `${name}=${rest.split(';')[0]}`)
    .join('; ');

describe('the course’s two addresses', () => {
  it.each([
    ['/api/stateless/health', false],
    ['/api/stateful/health', true],
  ])('%s', async (path, https) => {
    expect(await send(gateway, path, { https })).toMatchObject({ status: 200, json: { status: 'ok' } });
  });
});

describe('the session cookie', () => {
  it('reaches the browser with every flag, and works over TLS', async () => {
    const answer = await signIn();
    expect(answer.status).toBe(200);
    expect(Object.keys(readCookies(answer)).sort()).toEqual(['__Host-affinity', '__Host-session']);
    for (const rest of Object.values(readCookies(answer))) {
      expect(rest.split('; ').slice(1).sort()).toEqual(['HttpOnly', 'Path=/', 'SameSite=Lax', 'Secure']);
    }
    expect(answer.headers['cache-control']).toBe('no-store');
    expect((await me(formatCookie(answer))).json).toMatchObject({ user: { username: 'alice' } });
  });

  it('is cleared by a sign-out, and is refused after that', async () => {
    const answer = await signIn();
    const cookie = formatCookie(answer);
    const out = await send(gateway, '/api/stateful/auth/logout', { method: 'POST', headers: { cookie }, https: true });
    expect([out.status, readCookies(out)['__Host-session']]).toEqual([204, expect.stringContaining('Max-Age=0')]);
    expect(await me(cookie)).toMatchObject({ status: 401, json: { code: 'ERR_SESSION_INVALID' } });
  });
});

describe('three servers with sessions in their own memory', () => {
  it('accept every request of a user, because affinity chooses the same server', async () => {
    for (let user = 0; user < 6; user++) {
      const answer = await signIn();
      const again = await Promise.all(Array.from({ length: 6 }, () => me(formatCookie(answer))));
      expect(again.map(({ status }) => status)).toEqual(Array(6).fill(200));
      expect(new Set(again.map(({ headers }) => headers['x-served-by']))).toEqual(
        new Set([answer.headers['x-served-by']]),
      );
    }
  });

  it('refuse some requests of a user without affinity', async () => {
    await gateway.reload({ affinity: 'none' });
    const cookie = formatCookie(await signIn());
    const again = [];
    for (let count = 0; count < 12; count++) again.push((await me(cookie)).status);
    await gateway.reload({ affinity: 'cookie' });
    expect(new Set(again)).toEqual(new Set([200, 401]));
  });
});

describe('a token', () => {
  it('passes through the gateway in both directions', async () => {
    const { json } = await send(gateway, '/api/stateless/auth/login', {
      method: 'POST',
      headers: JSON_TYPE,
      body: alice,
    });
    const headers = { authorization: `Bearer ${json.accessToken}` };
    expect((await send(gateway, '/api/stateless/auth/me', { headers })).json).toMatchObject({
      user: { username: 'alice' },
    });
  });
});

describe('the apps', () => {
  it('log the address of the client, whatever its headers say', async () => {
    const wrong = JSON.stringify({ username: 'eve-1', password: 'wrong-password' });
    await signIn({
      body: wrong,
      from: '127.0.0.7',
      headers: { 'x-forwarded-for': '203.0.113.9', forwarded: 'for=203.0.113.9' },
    });
    await vi.waitFor(() => {
      const lines = apps.flatMap((app) => app.stdout().split('\n')).filter((line) => line.includes('"eve-1"'));
      expect(lines.map((line) => JSON.parse(line).ip)).toEqual(['127.0.0.7']);
    });
  });

  it('refuse requests of another site’s page, and accept those of their own', async () => {
    const { host } = new URL(gateway.httpsUrl);
    const from = (origin: string, more = {}) => signIn({ headers: { origin, ...more } });
    expect(await from('https://evil.example')).toMatchObject({ status: 403, json: { code: 'ERR_CROSS_SITE' } });
    expect(await from('https://evil.example', { 'x-forwarded-host': 'evil.example' })).toMatchObject({ status: 403 });
    expect((await from(`https://${host}`)).status).toBe(200);
  });

  it.each([false, true])('accept 16 KiB of headers through the gateway (https: %s)', async (https) => {
    // Request line, Host, Connection, the header and the empty line.
    const { host } = new URL(https ? gateway.httpsUrl : gateway.url);
    const rest = `GET /api/stateful/health HTTP/1.1\r\ncookie: a=\r\nHost: ${host}\r\nConnection: close\r\n\r\n`;
    const formatHeaders = (bytes: number) => ({ cookie: `a=${'x'.repeat(bytes - rest.length)}` });
    const get = (bytes: number) =>
      send(gateway, '/api/stateful/health', { headers: formatHeaders(bytes), alone: true, https });
    expect((await get(16 * 1024)).status).toBe(200);
    expect(await get(17 * 1024 + 1)).toMatchObject({ status: 431, json: { code: 'ERR_HEADERS_TOO_LARGE' } });
  });

  it('and the gateway have the same limit for a body, and the same error', async () => {
    const body = JSON.stringify({ username: 'x'.repeat(1_048_576), password: 'y' });
    const answer = await send(gateway, '/api/stateless/auth/login', {
      method: 'POST',
      headers: JSON_TYPE,
      body,
      alone: true,
    });
    expect(answer).toMatchObject({ status: 413, json: { statusCode: 413, code: 'ERR_BODY_TOO_LARGE' } });
    const largest = JSON.stringify({ username: 'x', password: 'y' }).padEnd(1_048_576, ' ');
    expect(
      (await send(gateway, '/api/stateless/auth/login', { method: 'POST', headers: JSON_TYPE, body: largest })).status,
    ).toBe(401);
  });
});
