// What the SQLite store does beyond the contract: the file, its rights, its clock, its failures. The contract itself is
// checked by packages/store-kit/test/sqlite.test.ts.

import { readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, it } from 'vitest';
import { createSqliteStore } from '../src/stores/sqlite.ts';
import { makeFolder, makeSession, openStore } from './sqlite-fixture.ts';

it('reads a session without a promise', async () => {
  const store = await openStore(join(makeFolder(), 'sessions.db'));
  const session = makeSession(store.clock());
  await store.create(session);
  expect(store.read(session.id)).toEqual({ ...session, version: 1 });
  expect(store.list('ada')).toEqual([]);
});

it('keeps sessions when the file is closed and opened again', async () => {
  const path = join(makeFolder(), 'sessions.db');
  const first = await createSqliteStore({ path });
  const session = makeSession(first.clock());
  await first.create(session);
  await first.close();
  const second = await openStore(path);
  expect(second.read(session.id)).toEqual({ ...session, version: 1 });
});

it('makes its files for their owner only', async () => {
  const folder = makeFolder();
  const store = await openStore(join(folder, 'sessions.db'));
  await store.create(makeSession(store.clock()));
  const modes = readdirSync(folder).map((name) => [name, statSync(join(folder, name)).mode & 0o777]);
  expect(modes).toEqual([
    ['sessions.db', 0o600],
    ['sessions.db-shm', 0o600],
    ['sessions.db-wal', 0o600],
  ]);
});

it('a file that is no database is refused by name', async () => {
  const path = join(makeFolder(), 'sessions.db');
  writeFileSync(path, 'These are not the pages of a database. '.repeat(200));
  await expect(createSqliteStore({ path })).rejects.toThrow(`${path}: SQLITE_NOTADB: the file is no SQLite database`);
});

it('a database of another program is refused, and stays as it is', async () => {
  const path = join(makeFolder(), 'shop.db');
  const db = new DatabaseSync(path);
  db.exec('CREATE TABLE orders (id INTEGER)');
  db.close();
  await expect(createSqliteStore({ path })).rejects.toMatchObject({
    code: 'ERR_OPTION_INVALID',
    message: `${path} is a database of another program. Name a file of its own.`,
  });
});

it('a file of a later version is refused', async () => {
  const path = join(makeFolder(), 'sessions.db');
  await (await createSqliteStore({ path })).close();
  const db = new DatabaseSync(path);
  db.exec('PRAGMA user_version = 99');
  db.close();
  await expect(createSqliteStore({ path })).rejects.toThrow('was written by a later version (schema 99');
});

it('a folder that does not exist is refused by name', async () => {
  const path = join(makeFolder(), 'none', 'sessions.db');
  await expect(createSqliteStore({ path })).rejects.toMatchObject({
    code: 'ERR_STORE_UNAVAILABLE',
    message: expect.stringContaining(path),
  });
});
