// SQLite files that cannot be used, at the start and later: each failure has a code and a message, and no user is lost.

import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { sql } from 'kysely';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createSqlDirectory, type Database, migrate, type NewUser, openAccounts, openDatabase } from '../src/index.ts';
import { nameSqliteFile, openForTest } from './databases.ts';
import { CHEAP } from './fixture.ts';

const makeUser = (index: number): NewUser => ({ username: `user-${index}`, passwordHash: 'h'.repeat(100), roles: [] });

/** Opens accounts as the apps do. */
const open = (path: string, waitMs = 0) =>
  openAccounts({
    ...{ database: { kind: 'sqlite', path }, migrate: true, waitMs, deadlineMs: 50 },
    ...{ passwords: CHEAP, demoUsers: false, registrationsPerAddress: 100 },
  });

async function openDirectory(deadlineMs = 50) {
  const address = nameSqliteFile();
  const database = await openForTest(address, { deadlineMs });
  await migrate(database);
  return { address, database, directory: createSqlDirectory(database) };
}

/** Another process' connection. */
function openOther(path: string): DatabaseSync {
  const other = new DatabaseSync(path);
  onTestFinished(() => other.close());
  return other;
}

describe('at the start', () => {
  it('refuses a file that is no database, and leaves it as it is', async () => {
    const { path } = nameSqliteFile();
    writeFileSync(path, 'This is a letter, not a database. '.repeat(100));
    const before = readFileSync(path);
    await expect(open(path, 60_000)).rejects.toMatchObject({
      code: 'ERR_DATABASE_UNUSABLE',
      message: expect.stringMatching(
        /^The SQLite file .*users\.sqlite: file is not a database\. DATABASE_URL must name/,
      ),
    });
    expect(readFileSync(path)).toEqual(before);
  });

  it('refuses a database whose pages are damaged', async () => {
    const { path } = nameSqliteFile();
    const { close } = await open(path);
    await close();
    const bytes = readFileSync(path);
    bytes.fill(0xff, 100, 4096);
    writeFileSync(path, bytes);
    await expect(open(path, 60_000)).rejects.toMatchObject({
      code: 'ERR_DATABASE_UNUSABLE',
      message: expect.stringContaining('Restore a backup if it is damaged.'),
    });
  });

  it('says that the folder is missing', async () => {
    const { path } = nameSqliteFile();
    await expect(open(join(dirname(path), 'no', 'users.sqlite'), 60_000)).rejects.toMatchObject({
      code: 'ERR_DATABASE_UNUSABLE',
      message: expect.stringMatching(/ENOENT.*Its folder must exist, and this user must be allowed to write there\.$/),
    });
  });

  it('says that the path is a folder', async () => {
    const { path } = nameSqliteFile();
    mkdirSync(path);
    await expect(open(path, 60_000)).rejects.toMatchObject({ code: 'ERR_DATABASE_UNUSABLE' });
  });

  it('makes the file readable for its user only', async () => {
    const { database, address } = await openDirectory();
    await createSqlDirectory(database).create(makeUser(1));
    const modes = ['', '-wal', '-shm'].map((suffix) => statSync(address.path + suffix).mode & 0o777);
    expect(modes).toEqual([0o600, 0o600, 0o600]);
  });

  it('says that another process holds the file, and begins when it lets go', async () => {
    const { path } = nameSqliteFile();
    const other = openOther(path);
    other.exec('begin exclusive; create table theirs (id text)');
    await expect(open(path)).rejects.toMatchObject({
      code: 'ERR_DATABASE_LOCKED',
      message: expect.stringMatching(/database is locked\. Another process holds its lock\.$/),
    });
    const waiting = open(path, 30_000);
    other.exec('commit');
    await (await waiting).close();
  });
});

describe('later', () => {
  it('refuses to go on with a file that was removed or replaced', async () => {
    const { address, directory } = await openDirectory();
    await directory.create({ ...makeUser(1), id: 'one' });
    renameSync(address.path, `${address.path}.away`);
    const refused = { code: 'ERR_DATABASE_UNUSABLE', message: expect.stringContaining('was removed or replaced') };
    await expect(directory.create(makeUser(2))).rejects.toMatchObject(refused);
    await expect(directory.check()).rejects.toMatchObject(refused);
    writeFileSync(address.path, '');
    await expect(directory.findById('one')).rejects.toMatchObject(refused);
    renameSync(`${address.path}.away`, address.path);
    expect(await directory.findById('one')).toBeDefined();
  });

  it('answers reads and refuses writes on a read-only database', async () => {
    const { database, directory } = await openDirectory();
    await directory.create(makeUser(1));
    await sql`pragma query_only = 1`.execute(database.db);
    await expect(directory.create(makeUser(2))).rejects.toMatchObject({
      code: 'ERR_DATABASE_READ_ONLY',
      statusCode: 503,
    });
    expect(await directory.findByUsername('user-1')).toMatchObject({ status: 'active' });
    await sql`pragma query_only = 0`.execute(database.db);
    expect(await directory.create(makeUser(2))).toMatchObject({ username: 'user-2' });
  });

  it('answers reads, refuses writes on a full disk, loses no user, and goes on when there is room', async () => {
    const { database, directory } = await openDirectory();
    await setMaxPages(database, 12);
    const added: number[] = [];
    const addMore = async () => {
      for (let index = added.length; index < 1_000; index++) {
        await directory.create(makeUser(index));
        added.push(index);
      }
    };
    await expect(addMore()).rejects.toMatchObject({ code: 'ERR_DATABASE_FULL', statusCode: 503 });
    expect(added.length).toBeGreaterThan(10);
    for (const index of added) expect(await directory.findByUsername(`user-${index}`)).toBeDefined();
    expect(await directory.findByUsername(`user-${added.length}`)).toBeUndefined();
    await setMaxPages(database, 10_000);
    expect(await directory.create(makeUser(added.length))).toMatchObject({ username: `user-${added.length}` });
  });

  it('answers reads while another process writes, and refuses a write at the deadline', async () => {
    const { address, directory } = await openDirectory();
    await directory.create(makeUser(1));
    const other = openOther(address.path);
    other.exec('begin immediate');
    await expect(directory.create(makeUser(2))).rejects.toMatchObject({ code: 'ERR_DATABASE_LOCKED', statusCode: 503 });
    expect(await directory.findByUsername('user-1')).toBeDefined();
    other.exec('commit');
    expect(await directory.create(makeUser(2))).toMatchObject({ username: 'user-2' });
  });

  it('lets the event loop turn while it waits for a lock', async () => {
    const { address, directory } = await openDirectory(30_000);
    const other = openOther(address.path);
    other.exec('begin immediate');
    const write = directory.create(makeUser(1));
    for (let turn = 0; turn < 1_000; turn++) await new Promise(setImmediate);
    other.exec('commit');
    expect(await write).toMatchObject({ username: 'user-1' });
  });
});

// Only root may mount, and root may write to a file whatever its mode.
const isRoot = process.getuid?.() === 0;

describe.runIf(isRoot && process.platform === 'linux')('on a disk of its own', () => {
  function mountDisk(): { path: string; remount: (options: string) => void } {
    const folder = mkdtempSync(join(tmpdir(), 'statecraft-disk-'));
    const mount = (options: string) =>
      expect(spawnSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', folder]).status).toBe(0);
    mount('size=256k');
    onTestFinished(() => {
      spawnSync('umount', [folder]);
      rmSync(folder, { recursive: true });
    });
    return { path: join(folder, 'users.sqlite'), remount: (options) => mount(`remount,${options}`) };
  }

  it('says at the start that the disk takes no writes', async () => {
    const { path, remount } = mountDisk();
    const readOnly = {
      code: 'ERR_DATABASE_READ_ONLY',
      message: expect.stringMatching(
        /EROFS.*Its disk takes no writes\. Name a file on another disk in DATABASE_URL\.$/,
      ),
    };
    remount('ro');
    await expect(open(path, 60_000)).rejects.toMatchObject(readOnly);
    remount('rw');
    await (await open(path)).close();
    remount('ro');
    await expect(open(path, 60_000)).rejects.toMatchObject(readOnly);
  });

  it('answers reads and refuses registrations while the disk is full, and loses no user', async () => {
    const { path, remount } = mountDisk();
    const database = await openForTest({ kind: 'sqlite', path });
    await migrate(database);
    const directory = createSqlDirectory(database);
    const added: number[] = [];
    const addMore = async () => {
      for (let index = 0; index < 10_000; index++) {
        await directory.create(makeUser(index));
        added.push(index);
      }
    };
    await expect(addMore()).rejects.toMatchObject({ code: 'ERR_DATABASE_FULL' });
    expect(added.length).toBeGreaterThan(10);
    for (const index of added) expect(await directory.findByUsername(`user-${index}`)).toBeDefined();
    remount('size=4m');
    expect(await directory.create(makeUser(added.length))).toMatchObject({ username: `user-${added.length}` });
    await database.close();
    const again = createSqlDirectory(await openForTest({ kind: 'sqlite', path }));
    for (const index of added) expect(await again.findByUsername(`user-${index}`)).toBeDefined();
  });
});

it.skipIf(isRoot)('says at the start that this user may not write the file', async () => {
  const { path } = nameSqliteFile();
  await (await open(path)).close();
  chmodSync(path, 0o400);
  await expect(open(path, 60_000)).rejects.toMatchObject({
    code: 'ERR_DATABASE_UNUSABLE',
    message: expect.stringMatching(/EACCES.*this user must be allowed to write there\.$/),
  });
});

async function setMaxPages({ db }: Database, pages: number): Promise<void> {
  await sql.raw(`pragma max_page_count = ${pages}`).execute(db);
}

it.each([{ deadlineMs: 0 }, { poolSize: 1.5 }])('refuses the options %j', async (options) => {
  await expect(openDatabase(nameSqliteFile(), options)).rejects.toMatchObject({ code: 'ERR_ACCOUNTS_OPTION_INVALID' });
});
