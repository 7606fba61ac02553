// The API as a real process: what it says at its start, what it remembers after kill -9, what its log never holds.

import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DEMO_PASSWORD } from '@statecraft/accounts';
import { type NodeProcess, startNode } from '@statecraft/infra-dev';
import { expect, it, onTestFinished, vi } from 'vitest';
import { SECRET } from './app.ts';

// Each test starts processes: on a busy machine they may take longer than vitest's 5 s.
vi.setConfig({ testTimeout: 30_000 });

function start(env: Record<string, string> = {}): NodeProcess {
  const fast = { PORT: '0', PASSWORD_MEMORY_KIB: '8', DEMO_USERS: '1' };
  const server = startNode(new URL('../src/main.ts', import.meta.url), { env: { ...fast, ...env } });
  onTestFinished(() => server.stop());
  return server;
}

async function post(server: NodeProcess, path: string, body: object, token = ''): Promise<Response> {
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${token}` };
  return fetch((await server.url) + path, { method: 'POST', headers, body: JSON.stringify(body) });
}

async function signIn(server: NodeProcess): Promise<string> {
  const answer = await post(server, '/auth/login', { username: 'alice', password: DEMO_PASSWORD });
  return ((await answer.json()) as { accessToken: string }).accessToken;
}

async function statusOf(server: NodeProcess, token: string): Promise<number> {
  const answer = await fetch(`${await server.url}/auth/me`, { headers: { authorization: `Bearer ${token}` } });
  await answer.text();
  return answer.status;
}

it('remembers nothing, so kill -9 takes nothing: with the same secret the token still works', async () => {
  const first = start({ JWT_SECRET: SECRET });
  const token = await signIn(first);
  await first.stop();
  expect(await statusOf(start({ JWT_SECRET: SECRET }), token)).toBe(200);
});

it('makes a secret in development, says so and what follows from it: the next process refuses the token', async () => {
  const first = start();
  const token = await signIn(first);
  expect(await statusOf(first, token)).toBe(200);
  expect(first.stderr()).toContain(
    'JWT_SECRET is not set, so a secret was made for this process. After a restart, and on other servers, the tokens that it signed are refused.\n',
  );
  await first.stop();
  expect(await statusOf(start(), token)).toBe(401);
});

it('refuses to start in production without a secret: a line for each problem, exit code 1, no stack', async () => {
  const server = start({ NODE_ENV: 'production' });
  expect(await server.exit).toBe(1);
  expect(server.stderr().split('\n')).toEqual([
    'stateless-api: JWT_SECRET or JWT_KEYS_FILE must be set in production. A secret: openssl rand -base64 48',
    'stateless-api: PASSWORD_MEMORY_KIB must be at least 19456 in production with PASSWORD_PASSES=2, and is 8.',
    'stateless-api: DATABASE_URL must name a database that lasts in production: postgres://user:password@host:port/database, or sqlite:<path> if all servers are on one machine.',
    'stateless-api: DEMO_USERS must not be set in production: the password of these users is public.',
    '',
  ]);
});

it('starts in production with a secret', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'stateless-production-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const DATABASE_URL = `sqlite:${join(folder, 'users.sqlite')}`;
  const production = { NODE_ENV: 'production', PASSWORD_MEMORY_KIB: '19456', DEMO_USERS: '0' };
  const server = start({ ...production, JWT_SECRET: SECRET, DATABASE_URL });
  expect((await fetch(`${await server.url}/health`)).status).toBe(200);
  expect(JSON.parse(server.stderr())).toEqual({
    level: 30,
    time: expect.any(Number),
    msg: `stateless-api listens on ${await server.url}`,
  });
});

it('says in one line that the port is in use', async () => {
  const other = createServer().listen(0, '127.0.0.1');
  onTestFinished(() => void other.close());
  await once(other, 'listening');
  const { port } = other.address() as { port: number };
  const server = start({ PORT: String(port), JWT_SECRET: SECRET });
  expect(await server.exit).toBe(1);
  expect(server.stderr()).toMatch(/^stateless-api: Port \d+ on 127\.0\.0\.1 is in use.*\n$/);
});

it('logs no password, no token, no query string, and one line of JSON for each event', async () => {
  const server = start({ JWT_SECRET: SECRET, LOG_LEVEL: 'trace' });
  const token = await signIn(server);
  const canary = 'canary-4711-canary';
  await post(server, '/auth/register', { username: 'ada', password: canary });
  await post(server, '/auth/register', { username: 'e\r\n\u001b[31mforged', password: canary });
  await post(server, '/auth/login', { username: 'ada', password: `${canary}!` });
  await post(server, '/auth/login', { username: 'ada', password: { [canary]: 1 } });
  await post(server, '/auth/password', { currentPassword: canary, newPassword: 'x' }, token);
  await statusOf(server, `${token}${canary}`);
  await fetch(`${await server.url}/auth/me?token=${token}&q=${canary}`, { headers: { cookie: `a=${canary}` } });
  await fetch(`${await server.url}/${canary}/%zz`);
  await fetch(`${await server.url}/auth/login`, { method: 'POST', body: `{"${canary}`, headers: jsonHeaders });
  server.signal('SIGTERM');
  expect(await server.exit).toBe(0);
  const lines = server.stdout().trimEnd().split('\n');
  expect(lines.length).toBeGreaterThan(8);
  for (const line of lines) expect(JSON.parse(line)).toMatchObject({ level: expect.any(Number) });
  const all = server.stdout() + server.stderr();
  for (const secret of [canary, DEMO_PASSWORD, token.slice(-30), SECRET, '\u001b']) expect(all).not.toContain(secret);
});

it('logs every event of an account with who, from where and what came of it', async () => {
  const server = start({ JWT_SECRET: SECRET });
  const token = await signIn(server);
  await post(server, '/auth/login', { username: 'a\u009b31mlice\r\n{"level":30}', password: 'not this one' });
  await post(server, '/auth/password', { currentPassword: 'wrong', newPassword: 'right horse battery' }, token);
  await post(server, '/auth/logout-all', {}, token);
  server.signal('SIGTERM');
  await server.exit;
  const lines = server
    .stdout()
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  const ip = '127.0.0.1';
  expect(lines.filter(({ msg }) => msg === 'auth')).toMatchObject([
    { event: 'sign-in', user: 'alice', outcome: 'ok', status: 200, ip, time: expect.any(Number) },
    { event: 'sign-in', user: 'a\\u{9b}31mlice\\u{d}\\u{a}{"level":30}', outcome: 'refused', status: 401, ip },
    { event: 'password-change', user: 'demo-alice', outcome: 'refused', status: 403, ip },
    { event: 'sign-out-all', user: 'demo-alice', outcome: 'failed', status: 501, ip },
  ]);
});

const jsonHeaders = { 'content-type': 'application/json' };
