// SESSION_STORE=sqlite: servers of one machine share a file. It survives restarts, refuses writes with a reason while
// it cannot be written, and still serves who is signed in.

import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { browserOf, type Environment, openApp, PASSWORD, refusal, setCookies, signedIn, statusOf } from './app.ts';

const tea = { sku: 'tea', quantity: 2 };
let env: Environment;
let path: string;

beforeEach(() => {
  const folder = mkdtempSync(join(tmpdir(), 'stateful-sqlite-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  path = join(folder, 'sessions.sqlite');
  env = {
    SESSION_STORE: 'sqlite',
    SESSION_SQLITE_PATH: path,
    SESSION_SQLITE_SYNCHRONOUS: 'normal',
    SESSION_SQLITE_DEADLINE_MS: '300',
  };
});

/** Another program holds the lock of the file until the test ends. */
function lockFile(): DatabaseSync {
  const db = new DatabaseSync(path, { timeout: 10_000 });
  onTestFinished(() => db.close());
  db.exec('BEGIN IMMEDIATE');
  return db;
}

describe.each(['statecraft', 'fastify-session'])('%s', (engine) => {
  it('keeps sessions and carts over a restart', async () => {
    const before = await openApp({ ...env, SESSION_ENGINE: engine });
    const alice = await signedIn(before);
    await alice.ask('POST', '/cart/items', tea);
    await before.close();
    const after = browserOf(await openApp({ ...env, SESSION_ENGINE: engine }), alice.cookie);
    expect((await after.ask('GET', '/cart')).json()).toEqual({ items: [tea] });
  });

  it('is one to a second server, and a sign-out at one ends the session at the other', async () => {
    const [one, two] = [
      await openApp({ ...env, SESSION_ENGINE: engine }),
      await openApp({ ...env, INSTANCE_ID: 'two', SESSION_ENGINE: engine }),
    ];
    const atOne = await signedIn(one);
    await atOne.ask('POST', '/cart/items', tea);
    const atTwo = browserOf(two, atOne.cookie);
    expect((await atTwo.ask('GET', '/cart')).json()).toEqual({ items: [tea] });
    await atTwo.ask('POST', '/auth/logout');
    expect(await statusOf(atOne)).toBe(401);
  });
});

describe('while the file is locked', () => {
  it('serves readers, answers 503 to writes within the deadline, keeps the cookie, and shows it in /ready', async () => {
    const app = await openApp(env);
    const alice = await signedIn(app);
    const db = lockFile();
    for (const url of ['/auth/me', '/cart', '/auth/sessions']) {
      expect([url, (await alice.ask('GET', url)).statusCode]).toEqual([url, 200]);
    }
    const writes = [
      ['POST', '/cart/items', tea],
      ['POST', '/auth/logout'],
      ['POST', '/auth/login', { username: 'bob', password: PASSWORD }],
    ] as const;
    for (const [method, url, payload] of writes) {
      const answer = await alice.ask(method, url, payload);
      expect([url, ...refusal(answer)]).toEqual([url, 503, 'ERR_STORE_UNAVAILABLE']);
      expect(setCookies(answer)).toEqual([]);
    }
    const ready = await app.inject('/ready');
    expect([ready.statusCode, ready.json().checks]).toMatchObject([200, { sqlite: 'ok', 'sqlite-writes': 'failed' }]);
    db.exec('ROLLBACK');
    expect((await alice.ask('POST', '/auth/logout')).statusCode).toBe(204);
  });
});

it('a full file refuses sign-ins with ERR_STORE_FULL, serves readers, and signs out', async () => {
  const app = await openApp({ ...env, SESSION_SQLITE_MAX_BYTES: String(1024 ** 2) });
  const alice = await signedIn(app);
  const fill = async () => {
    for (;;) await app.sessions.issue({ data: JSON.stringify('x'.repeat(15_000)) });
  };
  await expect(fill()).rejects.toMatchObject({
    code: 'ERR_STORE_FULL',
    message: expect.stringContaining('SQLITE_FULL'),
  });
  expect(await statusOf(alice)).toBe(200);
  expect((await alice.ask('POST', '/auth/logout')).statusCode).toBe(204);
});

it('a file that was removed is 503 and not another empty store; it works again when the file is back', async () => {
  const app = await openApp(env);
  const alice = await signedIn(app);
  const files = ['', '-wal', '-shm'].map((end) => path + end);
  for (const file of files) renameSync(file, `${file}.gone`);
  await vi.waitFor(async () => expect(await statusOf(alice)).toBe(503), { timeout: 10_000 });
  expect((await app.inject('/ready')).statusCode).toBe(503);
  for (const file of files) renameSync(`${file}.gone`, file);
  await vi.waitFor(async () => expect(await statusOf(alice)).toBe(200), { timeout: 10_000 });
});

it('does not start on a file that is no database, and says so', async () => {
  writeFileSync(path, 'no database at all '.repeat(100));
  await expect(openApp(env)).rejects.toThrow(`${path}: SQLITE_NOTADB: the file is no SQLite database`);
});

it('shows the size of the file in /metrics', async () => {
  const app = await openApp(env);
  expect((await app.inject('/metrics')).body).toMatch(/^session_store_file_bytes\{file="database"\} \d+$/m);
});
