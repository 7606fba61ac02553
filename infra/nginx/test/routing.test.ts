// Which server gets a request, and what the request contains then.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Gateway, startNginx } from '../src/index.ts';
import { send, sendAndEcho } from './client.ts';
import { startUpstream, type Upstream } from './upstream.ts';

let stateless: Upstream[];
let stateful: Upstream;
let gateway: Gateway;

beforeAll(async () => {
  stateless = await Promise.all(['stateless-1', 'stateless-2'].map((name) => startUpstream(name)));
  stateful = await startUpstream('stateful-1', ({ path }, answer) => {
    if (path === '/redirect') answer.writeHead(302, { location: '/auth/me' }).end();
    if (path === '/page')
      answer.writeHead(200, { 'content-security-policy': "default-src 'self'", 'cache-control': 'max-age=60' }).end();
    return answer.writableEnded;
  });
  gateway = await startNginx({ stateless: stateless.map(({ url }) => url), stateful: [stateful.url] });
});

afterAll(async () => {
  await gateway.stop();
  await Promise.all([...stateless, stateful].map((server) => server.stop()));
});

it('each API gets its own requests; several servers of one API take turns', async () => {
  const answers = [];
  for (let count = 0; count < 6; count++) answers.push(await send(gateway, '/api/stateless/health'));
  expect(new Set(answers.map(({ headers }) => headers['x-served-by']))).toEqual(
    new Set(['stateless-1', 'stateless-2']),
  );
  expect((await send(gateway, '/api/stateful/health')).headers['x-served-by']).toBe('stateful-1');
});

it.each([
  ['/api/stateful/', '/'],
  ['/api/stateful/auth/me', '/auth/me'],
  ['/api/stateful/cart/items/a%2Fb?x=1&y=%20', '/cart/items/a/b?x=1&y=%20'],
  ['/api/stateful/a%20b', '/a%20b'],
  ['/api/stateful/a%0Ab', '/a%0Ab'],
  ['/api/stateful//auth/./me', '/auth/me'],
  ['/api/stateful/api/stateful/auth', '/api/stateful/auth'],
])('the prefix is removed from %s', async (path, expected) => {
  expect((await sendAndEcho(gateway, path)).path).toBe(expected);
});

it('a path that leaves one API gets the rules of the other API', async () => {
  const { path, headers } = await sendAndEcho(gateway, '/api/stateless/../stateful/x');
  expect([path, headers.host]).toEqual(['/x', new URL(gateway.url).host]);
  expect((await send(gateway, '/api/stateless/%2e%2e/stateful/metrics')).status).toBe(404);
});

it.each(['/', '/api', '/api/stateless', '/api/other/x', '/auth/me', '/error/502', '/error/400'])(
  '%s is not found',
  async (path) => {
    expect(await send(gateway, path)).toMatchObject({ status: 404, json: { code: 'ERR_NOT_FOUND' } });
  },
);

it.each(['/metrics', '/metrics?x=1', '/%6Detrics', '//metrics', '/x/../metrics'])(
  'the %s of a server is not reachable',
  async (path) => {
    for (const api of ['stateless', 'stateful']) {
      expect(await send(gateway, `/api/${api}${path}`)).toMatchObject({ status: 404, json: { code: 'ERR_NOT_FOUND' } });
    }
  },
);

it('method and body are passed on unchanged', async () => {
  const body = 'x'.repeat(100_000);
  expect(await sendAndEcho(gateway, '/api/stateful/cart', { method: 'PUT', body })).toMatchObject({
    method: 'PUT',
    body,
  });
});

it('a redirect of the app gets the prefix', async () => {
  expect((await send(gateway, '/api/stateful/redirect')).headers.location).toMatch(
    /^(http:\/\/[\w.:]+)?\/api\/stateful\/auth\/me$/,
  );
});

it('a browser is redirected to the address of the docs at which they find their scripts', async () => {
  const { status, headers } = await send(gateway, '/api/stateful/docs', { https: true });
  expect([status, headers.location]).toEqual([308, '/api/stateful/docs/']);
});

it('connections to the servers stay open', async () => {
  await sendAndEcho(gateway, '/api/stateful/before');
  const before = stateful.connections();
  for (let count = 0; count < 50; count++) await sendAndEcho(gateway, '/api/stateful/again');
  // At most one for each worker, not one for each request.
  expect(stateful.connections() - before).toBeLessThan(10);
});

describe('a forwarding header of a client', () => {
  const SPOOFED = {
    'X-Forwarded-For': '203.0.113.9',
    'X-Forwarded-Proto': 'https',
    'X-Forwarded-Host': 'evil.example',
    'X-Forwarded-Port': '1',
    'X-Forwarded-Prefix': '/evil',
    'X-Forwarded-Server': 'evil',
    'X-Forwarded-Ssl': 'on',
    'X-Original-URL': '/admin',
    'X-Rewrite-URL': '/admin',
    'X-Real-IP': '203.0.113.9',
    Forwarded: 'for=203.0.113.9;proto=https;host=evil.example',
    'X-Request-Id': 'evil',
    X_Forwarded_For: '203.0.113.9',
  };

  it.each([false, true])('is replaced by the true value (https: %s)', async (https) => {
    const { headers } = await sendAndEcho(gateway, '/api/stateful/x', { headers: SPOOFED, https });
    const { host } = new URL(https ? gateway.httpsUrl : gateway.url);
    const about = Object.entries(headers).filter(([name]) => /forward|real|original|rewrite|request.id/i.test(name));
    expect(Object.fromEntries(about)).toEqual({
      'x-forwarded-for': '127.0.0.1',
      'x-forwarded-proto': https ? 'https' : 'http',
      'x-forwarded-host': host,
      'x-request-id': expect.stringMatching(/^[0-9a-f]{16}$/),
    });
    expect(headers.host).toBe(host);
  });

  it('is replaced also if it is sent several times', async () => {
    const { headers } = await sendAndEcho(gateway, '/api/stateful/x', {
      headers: { 'x-forwarded-for': '203.0.113.9', 'X-FORWARDED-FOR': '203.0.113.10' },
      from: '127.0.0.2',
    });
    expect(headers['x-forwarded-for']).toBe('127.0.0.2');
  });
});

describe('a proxy in front of the gateway', () => {
  const SAID = { 'X-Forwarded-For': '198.51.100.7, 203.0.113.9', 'X-Forwarded-Proto': 'https' };
  let behind: Gateway;

  beforeAll(async () => {
    behind = await startNginx({ stateless: [stateful.url], stateful: [stateful.url], trustProxy: ['127.0.0.2'] });
  });
  afterAll(() => behind.stop());

  it('is trusted if it is configured', async () => {
    const answer = await send(behind, '/api/stateful/x', { headers: SAID, from: '127.0.0.2' });
    // The proxy added the last address; the ones before it come from the client.
    expect(answer.json).toMatchObject({
      headers: { 'x-forwarded-for': '203.0.113.9', 'x-forwarded-proto': 'https' },
    });
    expect(answer.headers['strict-transport-security']).toBe('max-age=31536000');
  });

  it('is not trusted if it has another address', async () => {
    const { headers } = await sendAndEcho(behind, '/api/stateful/x', { headers: SAID, from: '127.0.0.3' });
    expect(headers).toMatchObject({ 'x-forwarded-for': '127.0.0.3', 'x-forwarded-proto': 'http' });
  });
});

describe('an answer', () => {
  it('gets the security headers that it lacks, and keeps its own', async () => {
    const { headers } = await send(gateway, '/api/stateful/x');
    expect(headers).toMatchObject({
      'x-content-type-options': 'nosniff',
      'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
      'referrer-policy': 'no-referrer',
      'cache-control': 'no-store',
      'x-served-by': 'stateful-1',
    });
    expect((await send(gateway, '/api/stateful/page')).headers).toMatchObject({
      'content-security-policy': "default-src 'self'",
      'cache-control': 'max-age=60',
    });
  });
});
