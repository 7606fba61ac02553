// infra/redis/redis.conf and the ACL of infra/secrets.sh, on a real Redis with the real app: the app has all the rights
// that it needs and no others, and a restart signs no user out.

import { type ChildProcess, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { buildApp } from '../../apps/stateful-api/src/app.ts';
import { readConfig } from '../../apps/stateful-api/src/config.ts';
import { findExecutable, freePort, spawnBound, startCluster } from '../../infra/dev/src/index.ts';
import { DEMO_PASSWORD } from '../../packages/accounts/src/index.ts';
import { makeSecrets } from './secrets.ts';

const folder = mkdtempSync(join(tmpdir(), 'statecraft-redis-'));
const readSecret = (name: string) => readFileSync(join(folder, name), 'utf8');
let port = 0;
let server: ChildProcess;

async function startServer(): Promise<void> {
  const program = findExecutable('redis-server') ?? findExecutable('valkey-server');
  if (program === undefined) throw new Error('Neither redis-server nor valkey-server is on the PATH.');
  const own = ['--bind', '127.0.0.1', '--port', String(port), '--aclfile', join(folder, 'redis_acl')];
  const conf = fileURLToPath(new URL('../../infra/redis/redis.conf', import.meta.url));
  server = spawnBound(program, [conf, ...own], { cwd: folder, stdio: 'ignore' });
  await vi.waitFor(() => expect(runCli('health', 'any', 'ping')).toBe('PONG'), { timeout: 10_000, interval: 50 });
}

async function stopServer(signal: NodeJS.Signals): Promise<void> {
  server.kill(signal);
  await once(server, 'exit');
}

/** Runs redis-cli as this user, and returns the answer. */
function runCli(user: string, password: string, ...command: string[]): string {
  return spawnCli('-p', String(port), '--user', user, '--pass', password, '--no-auth-warning', ...command);
}
function spawnCli(...args: string[]): string {
  const program = findExecutable('redis-cli') ?? findExecutable('valkey-cli') ?? 'redis-cli';
  const { stdout, stderr } = spawnSync(program, args, { encoding: 'utf8' });
  return (stdout + stderr).trim();
}
const runAsApp = (...command: string[]) => runCli('statecraft', new URL(readAppUrl()).password, ...command);
const runAsAdmin = (...command: string[]) => runCli('default', readSecret('redis_admin_password'), ...command);
const readAppUrl = () => readSecret('redis_url').replace('@redis:6379', `@127.0.0.1:${port}`);

async function openApp(cache = 'none', url = readAppUrl()) {
  const app = await buildApp(
    readConfig({
      SESSION_STORE: 'redis',
      SESSION_CACHE: cache,
      REDIS_URL: url,
      DEMO_USERS: '1',
      PASSWORD_MEMORY_KIB: '8',
      LOG_LEVEL: 'silent',
    }),
  );
  onTestFinished(() => app.close());
  const ask = (method: 'GET' | 'POST', url: string, cookie?: string, payload?: object) =>
    app.inject({ method, url, ...(cookie && { headers: { cookie } }), ...(payload && { payload }) });
  const signIn = async () =>
    readCookie(await ask('POST', '/auth/login', undefined, { username: 'alice', password: DEMO_PASSWORD }));
  return { ask, signIn };
}

const readCookie = ({ cookies }: { cookies: { name: string; value: string }[] }) =>
  cookies.map(({ name, value }) => `${name}=${value}`).join('; ');

beforeAll(async () => {
  makeSecrets(folder);
  port = await freePort();
  await startServer();
});
afterAll(async () => {
  await stopServer('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

it.each(['none', 'tracked'])('gives the app all rights that it needs, with SESSION_CACHE=%s', async (cache) => {
  const { ask, signIn } = await openApp(cache);
  const [first, second] = [await signIn(), await signIn()];
  const statuses = [
    await ask('GET', '/ready'),
    await ask('GET', '/auth/me', first),
    await ask('POST', '/cart/items', first, { sku: 'a-1', quantity: 1 }),
    await ask('GET', '/auth/sessions', first),
    await ask('POST', '/auth/logout', second),
    await ask('POST', '/auth/logout-all', first),
    await ask('GET', '/auth/me', first),
  ].map(({ statusCode }) => statusCode);
  expect(statuses).toEqual([200, 200, expect.any(Number), 200, 204, 204, 401]);
  expect(statuses[2]).toBeLessThan(300);
  const { body } = await ask('GET', '/metrics');
  expect(/^session_cache_tracking (\d)/m.exec(body)?.[1]).toBe(cache === 'tracked' ? '1' : undefined);
});

it('gives the app all rights that it needs in a Cluster', async () => {
  const cluster = await startCluster();
  onTestFinished(() => cluster.stop());
  const [, rights = ''] = /^user statecraft (.*)$/m.exec(readSecret('redis_acl')) ?? [];
  for (const node of cluster.nodes)
    expect(spawnCli('-p', String(node.port), 'acl', 'setuser', 'statecraft', ...rights.split(' '))).toBe('OK');
  const { password } = new URL(readAppUrl());
  const { ask, signIn } = await openApp('none', cluster.url.replace('//', `//statecraft:${password}@`));
  const [first, second] = [await signIn(), await signIn()];
  const statuses = [
    await ask('GET', '/ready'),
    await ask('GET', '/auth/me', first),
    await ask('GET', '/auth/sessions', first),
    await ask('POST', '/auth/logout', second),
    await ask('POST', '/auth/logout-all', first),
    await ask('GET', '/auth/me', first),
  ].map(({ statusCode }) => statusCode);
  expect(statuses).toEqual([200, 200, 200, 204, 204, 401]);
}, 40_000);

it.each([
  ['delete everything', ['FLUSHALL']],
  ['list keys', ['KEYS', '*']],
  ['read the keys of others', ['HGETALL', 'other:1']],
  ['read the configuration', ['CONFIG', 'GET', '*']],
  ['watch the commands of others', ['MONITOR']],
  ['change rights', ['ACL', 'SETUSER', 'statecraft', 'on', '+@all']],
])('does not let the app %s', (_what, command) => {
  expect(runAsApp(...command)).toMatch(/^NOPERM/);
});

it('lets the health check send PING, and nothing else', () => {
  expect(runCli('health', 'any', 'PING')).toBe('PONG');
  expect(runCli('health', 'any', 'DBSIZE')).toMatch(/^NOPERM/);
  expect(runCli('default', 'wrong', 'PING')).toMatch(/WRONGPASS|NOAUTH/);
});

it('keeps a session as a listpack', async () => {
  const { signIn } = await openApp();
  await signIn();
  const [key = ''] = runAsAdmin('--scan').split('\n');
  expect(runAsAdmin('OBJECT', 'ENCODING', key)).toBe('listpack');
});

it('refuses new sessions when it is full, and signs no user out', async () => {
  const { ask, signIn } = await openApp();
  const cookie = await signIn();
  expect(runAsAdmin('CONFIG', 'SET', 'maxmemory', '1')).toBe('OK');
  try {
    expect((await ask('GET', '/auth/me', cookie)).statusCode).toBe(200);
    const another = await ask('POST', '/auth/login', undefined, { username: 'bob', password: DEMO_PASSWORD });
    expect(another.statusCode).toBe(503);
    expect((await ask('POST', '/auth/logout', cookie)).statusCode).toBe(204);
  } finally {
    runAsAdmin('CONFIG', 'SET', 'maxmemory', '384mb');
  }
});

it('changes the password in the steps of docs/production.md, without breaking a connection', async () => {
  const { ask, signIn } = await openApp();
  const cookie = await signIn();
  const [old, file] = [new URL(readAppUrl()).password, join(folder, 'redis_acl')];
  const before = statSync(file).ino;
  expect(runAsAdmin('ACL', 'SETUSER', 'statecraft', '>changed')).toBe('OK');
  writeFileSync(join(folder, 'redis_url'), 'redis://statecraft:changed@redis:6379');
  const restarted = await openApp();
  makeSecrets(folder);
  expect(runAsAdmin('ACL', 'SETUSER', 'statecraft', `<${old}`)).toBe('OK');
  const answers = await Promise.all([ask, restarted.ask].map((askOne) => askOne('GET', '/auth/me', cookie)));
  expect(answers.map(({ statusCode }) => statusCode)).toEqual([200, 200]);
  expect([runCli('statecraft', old, 'PING'), runAsApp('PING')]).toEqual([expect.stringContaining('WRONGPASS'), 'PONG']);
  // It is mounted as a file: a container sees the new content only if it is the same file.
  expect(statSync(file).ino).toBe(before);
  await stopServer('SIGTERM');
  await startServer();
  expect(runAsApp('PING')).toBe('PONG');
});

// `user default off` would lose the sessions: Redis 7.0 reads its AOF as that user, and would refuse its own
// transactions.
describe.each(['SIGTERM', 'SIGKILL'] as const)('a restart after %s', (signal) => {
  it('signs no user out', async () => {
    const { ask, signIn } = await openApp();
    const cookie = await signIn();
    // Data that appendfsync everysec has passed to the kernel survives the process.
    await stopServer(signal);
    expect((await ask('GET', '/auth/me', cookie)).statusCode).toBe(503);
    await startServer();
    await expect.poll(async () => (await ask('GET', '/auth/me', cookie)).statusCode, { timeout: 5_000 }).toBe(200);
  });
});
