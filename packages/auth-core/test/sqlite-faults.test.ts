// The SQLite store when the file is locked, full, read-only, removed or replaced, and what it leaves alone when idle.

import { execFile } from 'node:child_process';
import { copyFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { promisify } from 'node:util';
import { expect, it, onTestFinished, vi } from 'vitest';
import { createSqliteError } from '../src/stores/sqlite/failure.ts';
import { createSweeping } from '../src/stores/sqlite/sweeping.ts';
import { createSqliteStore } from '../src/stores/sqlite.ts';
import { makeFolder, makeSession, openStore } from './sqlite-fixture.ts';

const FILES = ['', '-wal', '-shm'];

/** Another program holds the lock of the file until the test ends, or until what is returned is called. */
function lockFile(path: string): () => void {
  const db = new DatabaseSync(path, { timeout: 10_000 });
  db.exec('BEGIN IMMEDIATE');
  onTestFinished(() => db.close());
  return () => db.exec('ROLLBACK');
}

it('a write waits for the lock of another program', async () => {
  const path = join(makeFolder(), 'sessions.db');
  const store = await openStore(path);
  const unlock = lockFile(path);
  const session = makeSession(store.clock());
  const creating = Promise.resolve(store.create(session));
  expect(store.read(session.id)).toBeUndefined();
  unlock();
  await creating;
  expect(store.read(session.id)).toMatchObject({ id: session.id });
});

it('a write that does not get the lock before the deadline was not made, and is not made later', async () => {
  const path = join(makeFolder(), 'sessions.db');
  const store = await openStore(path, { deadlineMs: 100 });
  const session = makeSession(store.clock());
  const unlock = lockFile(path);
  await expect(store.create(session)).rejects.toMatchObject({ code: 'ERR_STORE_UNAVAILABLE' });
  unlock();
  await store.create(makeSession(store.clock()));
  expect(store.read(session.id)).toBeUndefined();
});

it('a store cannot be opened on a file that stays locked, and the error says so', async () => {
  const path = join(makeFolder(), 'sessions.db');
  await (await createSqliteStore({ path })).close();
  lockFile(path);
  await expect(createSqliteStore({ path, deadlineMs: 100 })).rejects.toMatchObject({
    code: 'ERR_STORE_UNAVAILABLE',
    message: expect.stringContaining('SQLITE_BUSY: another process has the file locked'),
  });
});

it('a full file refuses a session, keeps the others, and has room again when one ends', async () => {
  const store = await openStore(join(makeFolder(), 'sessions.db'), { maxBytes: 1024 ** 2 });
  const large = () => makeSession(store.clock(), { data: JSON.stringify('x'.repeat(100_000)) });
  const sessions = Array.from({ length: 20 }, large);
  const outcomes = await Promise.allSettled(sessions.map((session) => store.create(session)));
  const kept = sessions.filter((_, at) => outcomes[at]?.status === 'fulfilled');
  expect(kept.length).toBeGreaterThan(5);
  for (const outcome of outcomes.slice(kept.length)) {
    expect(outcome).toMatchObject({
      reason: { code: 'ERR_STORE_FULL', message: expect.stringContaining('SQLITE_FULL') },
    });
  }
  for (const { id } of kept) expect(store.read(id)).toMatchObject({ id });
  await store.destroy(kept[0]?.id ?? '');
  await store.create(large());
});

it('an error of SQLite is named: a file that is read-only', async () => {
  const path = join(makeFolder(), 'sessions.db');
  await (await createSqliteStore({ path })).close();
  const db = new DatabaseSync(path, { readOnly: true });
  onTestFinished(() => db.close());
  const write = () => db.exec('DELETE FROM sessions');
  expect(write).toThrow();
  try {
    write();
  } catch (error) {
    expect(createSqliteError(error)).toMatchObject({
      code: 'ERR_STORE_UNAVAILABLE',
      message: expect.stringContaining('SQLITE_READONLY: the file or its folder is read-only'),
    });
  }
});

it('acknowledges no write into a file that was removed', async () => {
  const path = join(makeFolder(), 'sessions.db');
  const store = await openStore(path, { heartbeatMs: 3_600_000 });
  for (const end of FILES) renameSync(path + end, `${path}${end}.gone`);
  await expect(store.create(makeSession(store.clock()))).rejects.toMatchObject({
    code: 'ERR_STORE_UNAVAILABLE',
    cause: {
      message: `${path} was removed or replaced while it was in use. Put the file back, or restart all servers.`,
    },
  });
});

it('opens the file that was put in the place of its own', async () => {
  const folder = makeFolder();
  const [path, backup] = [join(folder, 'sessions.db'), join(folder, 'backup.db')];
  const store = await createSqliteStore({ path });
  const session = makeSession(store.clock());
  await store.create(session);
  await store.close();
  copyFileSync(path, backup);
  const reopened = await openStore(path, { heartbeatMs: 5 });
  await reopened.destroy(session.id);
  for (const end of FILES) renameSync(path + end, `${path}${end}.gone`);
  renameSync(backup, path);
  await vi.waitFor(async () => expect(await reopened.read(session.id)).toMatchObject({ id: session.id }), 10_000);
  await reopened.destroy(session.id);
  expect(reopened.read(session.id)).toBeUndefined();
});

it('a process that does not close the store ends all the same, and keeps what it wrote', async () => {
  const path = join(makeFolder(), 'sessions.db');
  const entry = new URL('../src/stores/sqlite.ts', import.meta.url).href;
  const session = makeSession(Date.now());
  const code = `const { createSqliteStore } = await import(${JSON.stringify(entry)});
    const store = await createSqliteStore({ path: ${JSON.stringify(path)} });
    await store.create(${JSON.stringify(session)});`;
  await promisify(execFile)(process.execPath, ['--input-type=module', '-e', code]);
  expect((await openStore(path)).read(session.id)).toMatchObject({ id: session.id });
});

it('with nothing to sweep the timer neither takes the lock nor writes', async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  onTestFinished(() => void vi.useRealTimers());
  const write = vi.fn(async () => 0);
  let expired = false;
  const connection = { hasExpired: () => expired, write } as never;
  const sweeping = createSweeping(connection, () => 0, 1_000);
  vi.advanceTimersByTime(5_000);
  expect(write).not.toHaveBeenCalled();
  expired = true;
  vi.advanceTimersByTime(1_000);
  expect(write).toHaveBeenCalledOnce();
  sweeping.stop();
});

it('sweeps in batches until nothing expired is left', async () => {
  const store = await openStore(join(makeFolder(), 'sessions.db'));
  const now = store.clock();
  const [ended, live] = [now - 1, now + 60_000].map((idleExpiresAt) => makeSession(now, { idleExpiresAt }));
  const expired = Array.from({ length: 450 }, () => makeSession(now, { idleExpiresAt: ended?.idleExpiresAt ?? 0 }));
  await Promise.all([...expired, live].map((session) => session && store.create(session)));
  expect(await store.sweep()).toBe(450);
  expect(await store.sweep()).toBe(0);
  expect(store.read(live?.id ?? '')).toMatchObject({ id: live?.id });
});

it.each([
  ['no path', { path: '' }],
  ['a store in memory', { path: ':memory:' }],
  ['a deadline of 0', { deadlineMs: 0 }],
  ['synchronous off', { synchronous: 'off' as never }],
  ['no room', { maxBytes: 1 }],
  ['a clock that is no function', { clock: 5 as never }],
])('refuses %s', async (_what, options) => {
  const path = join(makeFolder(), 'sessions.db');
  await expect(createSqliteStore({ path, ...options })).rejects.toMatchObject({ code: 'ERR_OPTION_INVALID' });
});

it('names a folder in the place of the file', async () => {
  const folder = makeFolder();
  await expect(createSqliteStore({ path: folder })).rejects.toThrow(folder);
  writeFileSync(join(folder, 'file'), '');
  await expect(createSqliteStore({ path: join(folder, 'file', 'sessions.db') })).rejects.toThrow(
    'a part of its path is no folder',
  );
});
