// How large a request may be, and how often a client may sign in.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Gateway, startNginx } from '../src/index.ts';
import { type Answer, send, sendBytes } from './client.ts';
import { startUpstream, type Upstream } from './upstream.ts';

const LIMIT = 20_000;
let upstream: Upstream;
let gateway: Gateway;

beforeAll(async () => {
  upstream = await startUpstream('one', ({ path, method }, answer) => {
    if (method !== 'OPTIONS') return false;
    // An app's own 429 keeps what it says.
    answer.writeHead(429, { 'retry-after': '77' }).end(path);
    return true;
  });
  gateway = await startNginx({
    stateless: [upstream.url],
    stateful: [upstream.url],
    bodyLimitBytes: LIMIT,
    signInsPerSecond: 1,
  });
});

afterAll(async () => {
  await gateway.stop();
  await upstream.stop();
});

const path = '/api/stateful/x';

describe('a body', () => {
  it.each([
    [LIMIT, 200],
    [LIMIT + 1, 413],
  ])('of %i bytes is answered with %i', async (length, status) => {
    const answer = await send(gateway, path, { method: 'POST', body: 'x'.repeat(length), alone: true });
    expect(answer.status).toBe(status);
    if (status === 413) expect(answer.json).toMatchObject({ code: 'ERR_BODY_TOO_LARGE' });
  });

  it.each([
    [LIMIT, 200],
    [LIMIT + 1, 413],
  ])('of %i bytes in chunks is answered with %i', async (length, status) => {
    const headers = { 'transfer-encoding': 'chunked' };
    expect((await send(gateway, path, { method: 'POST', headers, body: 'x'.repeat(length), alone: true })).status).toBe(
      status,
    );
  });
});

const KIB16 = 16 * 1024;

/** A request whose headers, a long cookie first, have this many bytes with the empty line at their end. */
const formatCookie = (bytes: number) => {
  const end = '\r\nHost: x\r\nConnection: close\r\n\r\n';
  return `GET ${path} HTTP/1.1\r\n${'Cookie: a='.padEnd(bytes - end.length, 'x')}${end}`;
};

/** Headers of 96 bytes. */
const formatMany = (count: number) =>
  Object.fromEntries(Array.from({ length: count }, (_, number) => [`h${100 + number}`, 'x'.repeat(88)]));

describe('headers', () => {
  it.each([
    [KIB16 - 1, 200],
    [KIB16, 200],
    [KIB16 + 1, 431],
  ])('of %i bytes, a long cookie first, are answered with %i', async (bytes, status) => {
    expect(await sendBytes(gateway, formatCookie(bytes))).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
  });

  it.each([
    ['of 15 KiB, many of them, are accepted', formatMany(160), 200],
    ['of 18 KiB, many of them, are answered with 431', formatMany(192), 431],
  ])('%s', async (_what, headers, status) => {
    const answer = await send(gateway, path, { headers, alone: true });
    expect(answer.status).toBe(status);
    if (status === 431) expect(answer.json).toMatchObject({ statusCode: 431, code: 'ERR_HEADERS_TOO_LARGE' });
  });

  it('a URL of 16 KiB is answered with 414', async () => {
    const answer = await send(gateway, `/api/stateful/${'x'.repeat(KIB16)}`, { alone: true });
    expect(answer).toMatchObject({ status: 414, json: { code: 'ERR_URL_TOO_LONG' } });
  });
});

describe('sign-ins', () => {
  const tries = async (count: number, to: string, from: string): Promise<Answer[]> =>
    Promise.all(Array.from({ length: count }, () => send(gateway, to, { method: 'POST', from })));
  const refused = (answers: readonly Answer[]) => answers.filter(({ status }) => status === 429);

  it('of one address beyond the limit are answered with 429, in the form of every error and with Retry-After', async () => {
    // Allowed are one, a burst of four, and one more for each second that they take.
    const [first, ...more] = refused(await tries(30, '/api/stateful/auth/login', '127.0.0.2'));
    expect(more.length).toBeGreaterThan(15);
    expect(first).toMatchObject({
      json: { statusCode: 429, code: 'ERR_TOO_MANY_REQUESTS', error: 'Too Many Requests' },
      headers: { 'retry-after': '1', 'x-content-type-options': 'nosniff' },
    });
  });

  it('count together for both APIs, with registrations and changes of a password, however the path is written', async () => {
    await tries(30, '/api/stateless/auth/login', '127.0.0.3');
    for (const to of [
      '/api/stateful/auth/register',
      '/api/stateful/auth/password',
      '/api/stateless/auth/password/../password',
      '/api/stateful/auth/logi%6e',
      '/api/stateless//auth/../auth/login?x=1',
    ]) {
      expect(refused(await tries(10, to, '127.0.0.3')).length).toBeGreaterThan(5);
    }
  });

  it('of one address do not limit another address or other requests', async () => {
    await tries(30, '/api/stateful/auth/login', '127.0.0.4');
    expect(refused(await tries(1, '/api/stateful/auth/login', '127.0.0.5'))).toEqual([]);
    // A browser that gets 429 for a refresh drops its binding to the session.
    const others = ['/auth/me', '/auth/logout', '/auth/login/x', '/auth/passwords', '/auth/device/refresh'].map(
      (to) => `/api/stateful${to}`,
    );
    for (const to of [...others, '/health']) expect(refused(await tries(20, to, '127.0.0.4'))).toEqual([]);
  });

  it('do not reach their server if they are refused', async () => {
    await tries(30, '/api/stateful/auth/login', '127.0.0.6');
    const before = upstream.received.length;
    const answers = await tries(10, '/api/stateful/auth/login', '127.0.0.6');
    expect(upstream.received.length - before).toBe(answers.length - refused(answers).length);
  });

  it('do not change the Retry-After of an app', async () => {
    const { status, headers } = await send(gateway, path, { method: 'OPTIONS' });
    expect([status, headers['retry-after']]).toEqual([429, '77']);
  });
});
