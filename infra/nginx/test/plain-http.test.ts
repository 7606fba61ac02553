// GATEWAY_PLAIN_HTTP=redirect: no password and no cookie passes over plain HTTP, and health checks still work.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Gateway, startNginx } from '../src/index.ts';
import { send, sendBytes } from './client.ts';
import { startUpstream, type Upstream } from './upstream.ts';

let upstream: Upstream;
let gateway: Gateway;
let behindProxy: Gateway;

beforeAll(async () => {
  upstream = await startUpstream('one');
  const servers = { stateless: [upstream.url], stateful: [upstream.url] };
  gateway = await startNginx({ ...servers, plainHttp: 'redirect', publicHttpsPort: 9443 });
  behindProxy = await startNginx({ ...servers, plainHttp: 'redirect', trustProxy: ['127.0.0.2'] });
});

afterAll(async () => {
  await gateway.stop();
  await behindProxy.stop();
  await upstream.stop();
});

const headers = { host: 'shop.example:8080' };

it.each([
  ['GET', '/api/stateful/auth/me'],
  ['POST', '/api/stateful/auth/login'],
  ['POST', '/api/stateless/auth/register'],
  ['GET', '/api/stateless/%68ealth/../x?y=1'],
  ['GET', '/nothing'],
  ['GET', '/'],
])('%s %s is redirected to HTTPS, and reaches no server', async (method, path) => {
  const before = upstream.received.length;
  const answer = await send(gateway, path, { method, headers });
  expect([answer.status, answer.headers.location]).toEqual([308, `https://shop.example:9443${path}`]);
  expect(answer.headers['set-cookie']).toBeUndefined();
  expect(answer.headers['cache-control']).toBe('no-store');
  expect(upstream.received.length).toBe(before);
});

it.each([
  '/health',
  '/api/stateless/health',
  '/api/stateful/health',
  '/api/stateless/ready',
  '/api/stateful/ready?x=1',
])('%s is answered', async (path) => {
  expect((await send(gateway, path)).status).toBe(200);
});

it('everything is answered over HTTPS', async () => {
  expect((await send(gateway, '/api/stateful/auth/me', { https: true })).status).toBe(200);
  expect((await send(gateway, '/nothing', { https: true })).status).toBe(404);
});

it('a request that cannot be understood is answered as an error', async () => {
  expect(await sendBytes(gateway, 'GET /health HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n')).toMatch(/^HTTP\/1.1 400 /);
});

describe('behind a proxy that ends TLS', () => {
  const path = '/api/stateful/auth/me';
  const sendFrom = (from: string, proto?: string) =>
    send(behindProxy, path, { from, headers: { host: 'shop.example', ...(proto && { 'x-forwarded-proto': proto }) } });

  it('a request that came over HTTPS is answered', async () => {
    expect((await sendFrom('127.0.0.2', 'https')).status).toBe(200);
  });

  it.each([
    ['that came over plain HTTP', '127.0.0.2', 'http'],
    ['of a proxy that names no scheme', '127.0.0.2', undefined],
    ['of a client that claims HTTPS', '127.0.0.3', 'https'],
  ])('a request %s is redirected', async (_what, from, proto) => {
    const answer = await sendFrom(from, proto);
    expect([answer.status, answer.headers.location]).toEqual([308, `https://shop.example${path}`]);
  });
});
