// The errors of nginx: JSON in the form of every error, with the headers of every answer, and without its version.

import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Gateway, startNginx } from '../src/index.ts';
import { send, sendBytes } from './client.ts';
import { startUpstream, type Upstream } from './upstream.ts';

let upstream: Upstream;
let gateway: Gateway;

beforeAll(async () => {
  upstream = await startUpstream('one');
  gateway = await startNginx({ stateless: [upstream.url], stateful: ['127.0.0.1:1'] });
});

afterAll(async () => {
  await gateway.stop();
  await upstream.stop();
});

const get = (path: string, ...headers: string[]) =>
  `GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n${headers.map((line) => `${line}\r\n`).join('')}\r\n`;
const API = '/api/stateless';

const ERRORS: readonly (readonly [status: number, code: string, bytes: string])[] = [
  [400, 'ERR_BAD_REQUEST', 'no request\r\n\r\n'],
  [404, 'ERR_NOT_FOUND', get('/nothing')],
  [405, 'ERR_METHOD', get(API).replace('GET', 'TRACE')],
  [414, 'ERR_URL_TOO_LONG', get(`${API}/${'x'.repeat(18_000)}`)],
  [431, 'ERR_HEADERS_TOO_LARGE', get(`${API}/x`, `X: ${'x'.repeat(18_000)}`)],
  [501, 'ERR_TRANSFER_ENCODING', get(`${API}/x`, 'Transfer-Encoding: gzip').replace('GET', 'POST')],
  [502, 'ERR_SERVER_UNREACHABLE', get('/api/stateful/x')],
  [505, 'ERR_HTTP_VERSION', get(`${API}/x`).replace('HTTP/1.1', 'HTTP/9.9')],
];

it.each(ERRORS)('error %i %s has the common form and headers, and no version of nginx', async (status, code, bytes) => {
  const text = await sendBytes(gateway, bytes);
  const [head = '', body = ''] = text.split('\r\n\r\n');
  expect(head).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
  expect(JSON.parse(body)).toMatchObject({
    statusCode: status,
    code,
    error: expect.any(String),
    message: expect.any(String),
  });
  const headers = Object.fromEntries(
    head
      .split('\r\n')
      .slice(1)
      .map((line) => line.toLowerCase().split(': ')),
  );
  expect(headers).toMatchObject({
    'content-type': 'application/json; charset=utf-8',
    'x-content-type-options': 'nosniff',
    'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
    'referrer-policy': 'no-referrer',
    'cache-control': 'no-store',
  });
  expect(text).not.toMatch(/nginx\/|[\d]+\.[\d]+\.[\d]+\.?|<html/i);
});

it('an error over HTTPS has Strict-Transport-Security', async () => {
  const { status, headers } = await send(gateway, '/api/stateful/x', { https: true });
  expect([status, headers['strict-transport-security']]).toEqual([502, 'max-age=31536000']);
});

it('HEAD is answered with the same headers and no body', async () => {
  const { headers } = await send(gateway, '/nothing', { method: 'HEAD' });
  expect(headers).toMatchObject({
    'x-content-type-options': 'nosniff',
    'content-length': expect.stringMatching(/^\d\d+$/),
  });
});
