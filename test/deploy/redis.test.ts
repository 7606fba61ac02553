// infra/redis/redis.conf and the ACL that infra/secrets.sh writes, on a real Redis with the real app: the app may do all
// that it must and nothing else, and a restart signs nobody out.

import { type ChildProcess, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { buildApp } from '../../apps/stateful-api/src/app.ts';
import { readConfig } from '../../apps/stateful-api/src/config.ts';
import { findExecutable, freePort, spawnBound } from '../../infra/dev/src/index.ts';
import { DEMO_PASSWORD } from '../../packages/accounts/src/index.ts';
import { makeSecrets } from './secrets.ts';

const folder = mkdtempSync(join(tmpdir(), 'statecraft-redis-'));
const secret = (name: string) => readFileSync(join(folder, name), 'utf8');
let port = 0;
let server: ChildProcess;

async function startServer(): Promise<void> {
  const program = findExecutable('redis-server') ?? findExecutable('valkey-server');
  if (program === undefined) throw new Error('Neither redis-server nor valkey-server is on the PATH.');
  const own = ['--bind', '127.0.0.1', '--port', String(port), '--aclfile', join(folder, 'redis_acl')];
  const conf = fileURLToPath(new URL('../../infra/redis/redis.conf', import.meta.url));
  server = spawnBound(program, [conf, ...own], { cwd: folder, stdio: 'ignore' });
  await vi.waitFor(() => expect(cli('health', 'any', 'ping')).toBe('PONG'), { timeout: 10_000, interval: 50 });
}

async function stopServer(signal: NodeJS.Signals): Promise<void> {
  server.kill(signal);
  await once(server, 'exit');
}

/** What Redis answers this user. */
function cli(user: string, password: string, ...command: string[]): string {
  const program = findExecutable('redis-cli') ?? findExecutable('valkey-cli') ?? 'redis-cli';
  const login = ['-p', String(port), '--user', user, '--pass', password, '--no-auth-warning'];
  const { stdout, stderr } = spawnSync(program, [...login, ...command], { encoding: 'utf8' });
  return (stdout + stderr).trim();
}
const asApp = (...command: string[]) => cli('statecraft', new URL(appUrl()).password, ...command);
const asAdmin = (...command: string[]) => cli('default', secret('redis_admin_password'), ...command);
const appUrl = () => secret('redis_url').replace('@redis:6379', `@127.0.0.1:${port}`);

async function openApp(cache = 'none') {
  const app = await buildApp(
    readConfig({
      SESSION_STORE: 'redis',
      SESSION_CACHE: cache,
      REDIS_URL: appUrl(),
      DEMO_USERS: '1',
      PASSWORD_COST: '4',
      LOG_LEVEL: 'silent',
    }),
  );
  onTestFinished(() => app.close());
  const ask = (method: 'GET' | 'POST', url: string, cookie?: string, payload?: object) =>
    app.inject({ method, url, ...(cookie && { headers: { cookie } }), ...(payload && { payload }) });
  const signIn = async () =>
    cookieOf(await ask('POST', '/auth/login', undefined, { username: 'alice', password: DEMO_PASSWORD }));
  return { ask, signIn };
}

const cookieOf = ({ cookies }: { cookies: { name: string; value: string }[] }) =>
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

it.each(['none', 'tracked'])('lets the app do all that it must, with SESSION_CACHE=%s', async (cache) => {
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

it.each([
  ['forget everything', ['FLUSHALL']],
  ['list keys', ['KEYS', '*']],
  ['read the keys of others', ['HGETALL', 'other:1']],
  ['read the configuration', ['CONFIG', 'GET', '*']],
  ['see what others ask', ['MONITOR']],
  ['change who may do what', ['ACL', 'SETUSER', 'statecraft', 'on', '+@all']],
])('does not let the app %s', (_what, command) => {
  expect(asApp(...command)).toMatch(/^NOPERM/);
});

it('lets a health check ask whether anybody is there, and nothing else', () => {
  expect(cli('health', 'any', 'PING')).toBe('PONG');
  expect(cli('health', 'any', 'DBSIZE')).toMatch(/^NOPERM/);
  expect(cli('default', 'wrong', 'PING')).toMatch(/WRONGPASS|NOAUTH/);
});

it('keeps a session in the small form', async () => {
  const { signIn } = await openApp();
  await signIn();
  const [key = ''] = asAdmin('--scan').split('\n');
  expect(asAdmin('OBJECT', 'ENCODING', key)).toBe('listpack');
});

it('refuses what it has no room for, rather than signing somebody out', async () => {
  const { ask, signIn } = await openApp();
  const cookie = await signIn();
  expect(asAdmin('CONFIG', 'SET', 'maxmemory', '1')).toBe('OK');
  try {
    expect((await ask('GET', '/auth/me', cookie)).statusCode).toBe(200);
    const another = await ask('POST', '/auth/login', undefined, { username: 'bob', password: DEMO_PASSWORD });
    expect(another.statusCode).toBe(503);
    expect((await ask('POST', '/auth/logout', cookie)).statusCode).toBe(204);
  } finally {
    asAdmin('CONFIG', 'SET', 'maxmemory', '384mb');
  }
});

it('takes a new password in the steps of docs/production.md: no connection breaks, and the old one ends', async () => {
  const { ask, signIn } = await openApp();
  const cookie = await signIn();
  const [old, file] = [new URL(appUrl()).password, join(folder, 'redis_acl')];
  const before = statSync(file).ino;
  expect(asAdmin('ACL', 'SETUSER', 'statecraft', '>changed')).toBe('OK');
  writeFileSync(join(folder, 'redis_url'), 'redis://statecraft:changed@redis:6379');
  const restarted = await openApp();
  makeSecrets(folder);
  expect(asAdmin('ACL', 'SETUSER', 'statecraft', `<${old}`)).toBe('OK');
  const answers = await Promise.all([ask, restarted.ask].map((askOne) => askOne('GET', '/auth/me', cookie)));
  expect(answers.map(({ statusCode }) => statusCode)).toEqual([200, 200]);
  expect([cli('statecraft', old, 'PING'), asApp('PING')]).toEqual([expect.stringContaining('WRONGPASS'), 'PONG']);
  // Mounted as a file: a container sees the new one only where it is the same file.
  expect(statSync(file).ino).toBe(before);
  await stopServer('SIGTERM');
  await startServer();
  expect(asApp('PING')).toBe('PONG');
});

// `user default off` would lose them: Redis 7.0 reads its AOF back as that user, and refuses its own transactions.
describe.each(['SIGTERM', 'SIGKILL'] as const)('a restart after %s', (signal) => {
  it('signs nobody out', async () => {
    const { ask, signIn } = await openApp();
    const cookie = await signIn();
    // What appendfsync everysec leaves to the kernel outlives the process.
    await stopServer(signal);
    expect((await ask('GET', '/auth/me', cookie)).statusCode).toBe(503);
    await startServer();
    await expect.poll(async () => (await ask('GET', '/auth/me', cookie)).statusCode, { timeout: 5_000 }).toBe(200);
  });
});
