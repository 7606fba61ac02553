// The API as a real process: how it starts with and without Redis, what kill -9 takes, what its log never holds.

import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DEMO_PASSWORD } from '@statecraft/accounts';
import {
  findExecutable,
  freePort,
  type NodeProcess,
  spawnBound,
  startNode,
  startRedis,
  startSentinel,
} from '@statecraft/infra-dev';
import { Redis } from 'ioredis';
import { describe, expect, it, onTestFinished, vi } from 'vitest';

// Each test starts processes: on a busy machine they may take longer than vitest's 5 s.
vi.setConfig({ testTimeout: 30_000 });

type Environment = Record<string, string>;

function start(env: Environment = {}): NodeProcess {
  const fast = { PORT: '0', PASSWORD_MEMORY_KIB: '8', DEMO_USERS: '1' };
  const server = startNode(new URL('../src/main.ts', import.meta.url), { env: { ...fast, ...env } });
  onTestFinished(() => server.stop());
  return server;
}

async function ownRedis(): Promise<Environment> {
  const redis = await startRedis();
  onTestFinished(() => redis.stop());
  return { SESSION_STORE: 'redis', REDIS_URL: redis.url };
}

function useFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'stateful-redis-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** A Redis that takes a minute to load its data. */
async function startLoadingRedis(): Promise<{ url: string }> {
  const folder = useFolder();
  const first = await startRedis(['--dir', folder, '--rdbcompression', 'no']);
  const admin = new Redis(first.url);
  await admin.mset(
    Object.fromEntries(Array.from({ length: 2_000 }, (_, index) => [`key-${index}`, 'x'.repeat(2_000)])),
  );
  await admin.save();
  admin.disconnect();
  await first.stop();
  const port = await freePort();
  const args = [
    '--port',
    String(port),
    '--dir',
    folder,
    '--save',
    '',
    '--key-load-delay',
    '30000',
    '--loading-process-events-interval-bytes',
    '1024',
  ];
  const loading = spawnBound(findExecutable('redis-server') ?? 'valkey-server', args, { stdio: 'ignore' });
  onTestFinished(() => void loading.kill('SIGKILL'));
  const isListening = async () => {
    const socket = connect(port, '127.0.0.1');
    await once(socket, 'connect').finally(() => socket.destroy());
  };
  await vi.waitFor(isListening, { timeout: 10_000, interval: 20 });
  return { url: `redis://127.0.0.1:${port}` };
}

async function post(server: NodeProcess, path: string, body: object, cookie = ''): Promise<Response> {
  const headers = { 'content-type': 'application/json', cookie };
  const answer = await fetch((await server.url) + path, { method: 'POST', headers, body: JSON.stringify(body) });
  await answer.text();
  return answer;
}

async function signIn(server: NodeProcess): Promise<string> {
  const answer = await post(server, '/auth/login', { username: 'alice', password: DEMO_PASSWORD });
  return answer.headers.getSetCookie()[0]?.split(';')[0] ?? '';
}

async function statusOf(server: NodeProcess, cookie: string): Promise<number> {
  const answer = await fetch(`${await server.url}/auth/me`, { headers: { cookie } });
  await answer.text();
  return answer.status;
}

describe('kill -9', () => {
  it('takes the sessions of a server that keeps them in its memory', async () => {
    const first = start();
    const cookie = await signIn(first);
    expect(await statusOf(first, cookie)).toBe(200);
    await first.stop();
    expect(await statusOf(start(), cookie)).toBe(401);
  });

  it('takes nothing from a server that keeps them in Redis', async () => {
    const env = await ownRedis();
    const first = start(env);
    const cookie = await signIn(first);
    await first.stop();
    expect(await statusOf(start(env), cookie)).toBe(200);
  });
});

describe('at its start', () => {
  it('waits for Redis REDIS_WAIT_SECONDS long, says why it gives up in one line, and exits with 1', async () => {
    const port = await freePort();
    const redis = { SESSION_STORE: 'redis', REDIS_URL: `redis://:canary@127.0.0.1:${port}`, REDIS_WAIT_SECONDS: '1' };
    const began = performance.now();
    const server = start(redis);
    expect(await server.exit).toBe(1);
    expect(performance.now() - began).toBeGreaterThanOrEqual(1000);
    expect(server.stderr()).toMatch(
      new RegExp(`^stateful-api: Redis at 127.0.0.1:${port} did not answer within 1 s: .*ECONNREFUSED.*\n$`),
    );
    expect(server.stderr() + server.stdout()).not.toContain('canary');
  });

  it('goes on when Redis comes within that time', async () => {
    const redis = await startRedis();
    onTestFinished(() => redis.stop());
    await redis.kill();
    const server = start({ SESSION_STORE: 'redis', REDIS_URL: redis.url, REDIS_WAIT_SECONDS: '30' });
    await vi.waitFor(() => expect(server.stderr()).toContain('Waiting for Redis at 127.0.0.1'), { timeout: 15_000 });
    await redis.restart();
    expect(await statusOf(server, await signIn(server))).toBe(200);
  }, 30_000);

  it.each([
    ['a password that is wrong', ['--requirepass', 'right'], 'redis://:canary@', /WRONGPASS/],
    ['no password', ['--requirepass', 'canary'], 'redis://', /NOAUTH/],
    ['TLS where there is none', [], 'rediss://:canary@', /did not answer within 0 s: ./],
  ])('says in one line why Redis cannot be used: %s', async (_what, args, scheme, reason) => {
    const redis = await startRedis(args);
    onTestFinished(() => redis.stop());
    const REDIS_URL = redis.url.replace('redis://', scheme);
    const server = start({ SESSION_STORE: 'redis', REDIS_URL, REDIS_WAIT_SECONDS: '0' });
    expect(await server.exit).toBe(1);
    expect(server.stderr()).toMatch(reason);
    expect(server.stderr().trimEnd().split('\n')).toHaveLength(1);
    expect(server.stderr() + server.stdout()).not.toContain('canary');
  });

  it.each([
    ['a replica', () => startRedis(['--replicaof', '127.0.0.1', '1'])],
    ['a node of a Cluster', () => startRedis(['--cluster-enabled', 'yes', '--dir', useFolder()])],
    ['a Sentinel', () => startSentinel(useFolder(), 1)],
  ])('says in one line that REDIS_URL leads to %s, and exits with 1', async (what, startOther) => {
    const redis = await startOther();
    onTestFinished(() => redis.stop());
    const server = start({ SESSION_STORE: 'redis', REDIS_URL: redis.url, REDIS_WAIT_SECONDS: '0' });
    expect(await server.exit).toBe(1);
    expect(server.stderr()).toMatch(
      new RegExp(`^stateful-api: Redis at 127.0.0.1:\\d+.*The Redis server is ${what}.*\n$`),
    );
  });

  it('says in one line that Redis takes the connection and answers nothing', async () => {
    const redis = await startRedis();
    onTestFinished(() => redis.stop());
    redis.pause();
    const server = start({ SESSION_STORE: 'redis', REDIS_URL: redis.url, REDIS_WAIT_SECONDS: '0' });
    expect(await server.exit).toBe(1);
    expect(server.stderr()).toMatch(/^stateful-api: Redis at 127\.0\.0\.1:\d+ did not answer within 0 s: .+\n$/);
  });

  it('says in one line that Redis is still loading its data', async () => {
    const { url } = await startLoadingRedis();
    const server = start({ SESSION_STORE: 'redis', REDIS_URL: url, REDIS_WAIT_SECONDS: '0' });
    expect(await server.exit).toBe(1);
    expect(server.stderr()).toMatch(/^stateful-api: Redis at .*: LOADING: Redis is loading its data\n$/);
  });

  it('needs no time to wait when Redis is there', async () => {
    const server = start({ ...(await ownRedis()), REDIS_WAIT_SECONDS: '0' });
    expect(await statusOf(server, await signIn(server))).toBe(200);
  });

  it('refuses in production what is for trying out: a line for each problem, exit code 1, no stack', async () => {
    const server = start({ NODE_ENV: 'production', SESSION_ENGINE: 'fastify-session', TRUST_PROXY: '10.0.0.1' });
    expect(await server.exit).toBe(1);
    expect(server.stderr().split('\n')).toEqual([
      'stateful-api: SESSION_SECRET must be set in production with SESSION_ENGINE=fastify-session. One: openssl rand -base64 48',
      'stateful-api: PASSWORD_MEMORY_KIB must be at least 19456 in production with PASSWORD_PASSES=2, and is 8.',
      'stateful-api: DATABASE_URL must name a database that lasts in production: postgres://user:password@host:port/database, or sqlite:<path> if all servers are on one machine.',
      'stateful-api: DEMO_USERS must not be set in production: the password of these users is public.',
      '',
    ]);
  });

  it('makes a secret for @fastify/session in development, and says what a restart will then do', async () => {
    const env = { ...(await ownRedis()), SESSION_ENGINE: 'fastify-session' };
    const first = start(env);
    const cookie = await signIn(first);
    expect(await statusOf(first, cookie)).toBe(200);
    expect(first.stderr()).toContain(
      'SESSION_SECRET is not set, so a secret was made for this process. After a restart, and on other servers, the cookies that it signed are refused.\n',
    );
    await first.stop();
    expect(await statusOf(start(env), cookie)).toBe(401);
  });
});

it.each(['statecraft', 'fastify-session'])('logs no password, no cookie, no query string (%s)', async (engine) => {
  const server = start({ ...(await ownRedis()), SESSION_ENGINE: engine, LOG_LEVEL: 'trace' });
  const cookie = await signIn(server);
  const canary = 'canary-4711-canary';
  const url = await server.url;
  await post(server, '/auth/register', { username: 'ada', password: canary });
  await post(server, '/auth/login', { username: 'ada', password: `${canary}!` });
  await post(server, '/auth/login', { username: 'ada', password: { [canary]: 1 } });
  await post(server, '/auth/password', { currentPassword: canary, newPassword: 'x' }, cookie);
  await post(server, '/cart/items', { sku: canary, quantity: 1 }, cookie);
  await post(server, `/cart/items?${cookie}&${canary}`, { sku: `${canary} x`, quantity: 1 }, cookie);
  await statusOf(server, `${cookie}${canary}`);
  await fetch(`${url}/${canary}/%zz`);
  await fetch(`${url}/auth/sessions/${canary}`, { method: 'DELETE', headers: { cookie } });
  await post(server, '/auth/logout', {}, cookie);
  server.signal('SIGTERM');
  expect(await server.exit).toBe(0);
  const lines = server.stdout().trimEnd().split('\n');
  expect(lines.length).toBeGreaterThan(10);
  for (const line of lines) expect(JSON.parse(line)).toMatchObject({ level: expect.any(Number) });
  const token = cookie.slice(cookie.indexOf('=') + 1);
  for (const secret of [canary, DEMO_PASSWORD, token, token.slice(0, 30)]) {
    expect(server.stdout() + server.stderr()).not.toContain(secret);
  }
  const events = lines.map((line) => JSON.parse(line)).filter(({ msg }) => msg === 'auth');
  expect(events.map(({ event, user, outcome }) => [event, user, outcome])).toEqual([
    ['sign-in', 'alice', 'ok'],
    ['register', 'ada', 'ok'],
    ['sign-in', 'ada', 'refused'],
    ['sign-in', undefined, 'refused'],
    ['password-change', 'demo-alice', 'refused'],
    ['session-end', 'demo-alice', 'refused'],
    ['sign-out', 'demo-alice', 'ok'],
  ]);
});
