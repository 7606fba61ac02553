// The access log: one JSON line for each request, and no secret.

import { spawnSync } from 'node:child_process';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { type Gateway, startNginx } from '../src/index.ts';
import { send, sendBytes } from './client.ts';
import { startUpstream, type Upstream } from './upstream.ts';

const PASSWORD = 'canary-password-5f1c';
const SESSION = 'canarySession00000000000000000000000000000000000000000000000';
const TOKEN = 'eyJhbGciOiJIUzI1NiJ9.canarytoken.c2lnbmF0dXJl';
const QUERY = 'canary-query-77aa';

let upstream: Upstream;
let gateway: Gateway;

beforeAll(async () => {
  upstream = await startUpstream('one', ({ path }, answer) => {
    if (path.startsWith('/break')) answer.socket?.destroy();
    if (path.startsWith('/auth/login'))
      answer.writeHead(200, { 'set-cookie': `session=${SESSION}; Path=/` }).end(`{"accessToken":"${TOKEN}"}`);
    return path.startsWith('/break') || answer.writableEnded;
  });
  // The second server of the stateless API does not run.
  gateway = await startNginx({
    stateless: [upstream.url, 'http://127.0.0.1:1'],
    stateful: [upstream.url],
    bodyLimitBytes: 50_000,
    signInsPerSecond: 1,
  });
});

afterAll(async () => {
  await gateway.stop();
  await upstream.stop();
});

const lines = () =>
  gateway
    .accessLog()
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);

/** nginx writes the line after it has sent the answer. */
const findLine = (path: string, status = 200) =>
  vi.waitFor(() => {
    const found = lines().find((line) => line.path === path && line.status === status);
    if (found === undefined) throw new Error(`no line of ${path}`);
    return found;
  });

it('the log has the client, the request, the server that answered, and the time it took', async () => {
  await send(gateway, '/api/stateful/auth/sessions?all=1', { from: '127.0.0.2', https: true });
  expect(await findLine('/api/stateful/auth/sessions')).toEqual({
    time: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:]{8}\+00:00$/),
    id: expect.stringMatching(/^[0-9a-f]{16}$/),
    client: '127.0.0.2',
    scheme: 'https',
    protocol: 'HTTP/1.1',
    method: 'GET',
    path: '/api/stateful/auth/sessions',
    status: 200,
    bytes: expect.any(Number),
    seconds: expect.any(Number),
    api: 'stateful',
    upstream: new URL(upstream.url).host,
    upstream_status: '200',
    upstream_seconds: expect.stringMatching(/^[\d.]+$/),
    limited: '',
  });
});

it('the log has every try if a server could not be reached', async () => {
  await Promise.all([1, 2, 3, 4].map(() => send(gateway, '/api/stateless/tried')));
  await vi.waitFor(() =>
    expect(lines()).toContainEqual(
      expect.objectContaining({ path: '/api/stateless/tried', status: 200, upstream_status: '502, 200' }),
    ),
  );
});

it('the app receives the id of the log line as x-request-id', async () => {
  await send(gateway, '/api/stateful/named');
  const { id } = await findLine('/api/stateful/named');
  expect(upstream.received.find(({ path }) => path === '/named')?.headers['x-request-id']).toBe(id);
});

it('the log has a path up to its first part that no route has', async () => {
  await send(gateway, `/api/stateful/cut/${SESSION}/more`);
  await send(gateway, '/api/stateful/cut2/a%22b');
  expect(await findLine('/api/stateful/cut')).toBeDefined();
  expect(await findLine('/api/stateful/cut2')).toBeDefined();
});

it('the log has no password, cookie, token or query, whatever happens to the request', async () => {
  const headers = {
    cookie: `session=${SESSION}; __Host-session=${SESSION}; affinity=0123456789abcdef`,
    authorization: `Bearer ${TOKEN}`,
    referer: `http://x.example/?token=${TOKEN}`,
    'user-agent': TOKEN,
    'x-forwarded-for': SESSION,
  };
  const body = `{"username":"ada","password":"${PASSWORD}"}`;
  const query = `?token=${TOKEN}&password=${PASSWORD}&q=${QUERY}`;
  const all: Promise<unknown>[] = [];
  for (const https of [false, true]) {
    for (const path of [
      '/api/stateful/auth/login',
      '/api/stateless/auth/me',
      '/api/stateful/break',
      '/api/stateful/metrics',
      `/api/stateful/${TOKEN}`,
      `/${SESSION}`,
    ])
      for (const method of ['GET', 'POST'])
        all.push(send(gateway, path + query, { method, headers, https, body: method === 'GET' ? '' : body }));
    // Too large a body, headers, a URL.
    all.push(
      send(gateway, `/api/stateful/x${query}`, {
        method: 'POST',
        headers,
        https,
        body: body.repeat(2000),
        alone: true,
      }),
    );
    all.push(
      send(gateway, `/api/stateful/x${query}`, {
        headers: { ...headers, more: TOKEN.repeat(900) },
        https,
        alone: true,
      }),
    );
    all.push(send(gateway, `/api/stateful/${TOKEN.repeat(900)}`, { headers, https, alone: true }));
  }
  // Beyond the limit of sign-ins.
  for (let count = 0; count < 10; count++)
    all.push(send(gateway, `/api/stateful/auth/login${query}`, { method: 'POST', headers, body }));
  const lines = Object.entries(headers)
    .map(([name, value]) => `${name}: ${value}\r\n`)
    .join('');
  all.push(sendBytes(gateway, `GET /${TOKEN} ${SESSION} HTTP/1.1\r\nHost: x\r\n${lines}\r\n`));
  all.push(sendBytes(gateway, `${TOKEN}\r\n\r\n`));
  all.push(
    sendBytes(
      gateway,
      `POST /api/stateful/x${query} HTTP/1.1\r\nHost: x\r\n${lines}Transfer-Encoding: chunked\r\nContent-Length: 1\r\n\r\n${body}`,
    ),
  );
  await Promise.all(all);
  await send(gateway, '/api/stateful/last');
  await findLine('/api/stateful/last');

  const everything = `${gateway.accessLog()}\n${gateway.processLog()}`;
  expect(new Set(everything.match(/"status":\d+/g)).size).toBeGreaterThan(6);
  for (const secret of [PASSWORD, SESSION, 'canarytoken', QUERY, '0123456789abcdef', 'eyJ'])
    expect(everything).not.toContain(secret);
  // Nor is it anywhere else in the gateway's folder.
  const { stdout } = spawnSync('grep', ['-rl', '-e', 'canary', gateway.folder], { encoding: 'utf8' });
  expect(stdout).toBe('');
});

it('holds no affinity cookie that it gave out', async () => {
  const answer = await send(gateway, '/api/stateful/auth/login', { method: 'POST', from: '127.0.0.9' });
  const value = /affinity=([0-9a-f]{16})/.exec(String(answer.headers['set-cookie']))?.[1] ?? 'none';
  await findLine('/api/stateful/auth/login');
  expect(gateway.accessLog()).not.toContain(value);
});
