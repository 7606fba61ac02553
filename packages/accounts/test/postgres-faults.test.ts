// A real PostgreSQL that refuses, dies, hangs and comes back: each failure has a code and a message, and no user is
// lost.

import { spawnSync } from 'node:child_process';
import { chmodSync, chownSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { type PostgresServer, startPostgres } from '@statecraft/infra-dev';
import { sql } from 'kysely';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { type Accounts, createSqlDirectory, migrate, openAccounts, type PostgresAddress } from '../src/index.ts';
import { createPostgresDatabase, openForTest, readPostgresAddress, runSql } from './databases.ts';
import { CHEAP, HOME, PASSWORD, readCode } from './fixture.ts';

const DEADLINE_MS = 1_000;
const dora = { username: 'dora', passwordHash: 'h', roles: ['user'] };

let server: PostgresServer;
let databases = 0;
beforeAll(async () => {
  server = await startPostgres({ settings: { max_connections: 20 } });
});
afterAll(() => server.stop());

async function createPlace(): Promise<PostgresAddress> {
  const name = `faults_${databases++}`;
  await createPostgresDatabase(server.url, name);
  return readPostgresAddress(server.url, name);
}

/** Opens accounts as the apps do. */
const open = (database: PostgresAddress, waitMs = 0) =>
  openAccounts({
    ...{ database, migrate: true, waitMs, deadlineMs: DEADLINE_MS, poolSize: 2 },
    ...{ passwords: CHEAP, demoUsers: false, registrationsPerAddress: 100 },
  });

async function openDirectory() {
  const address = await createPlace();
  const database = await openForTest(address, { deadlineMs: DEADLINE_MS, poolSize: 2 });
  await migrate(database);
  return { address, directory: createSqlDirectory(database) };
}

describe('at the start', () => {
  it.each([
    ['a wrong password', { password: 'canary' }, /password authentication failed.*Check the user and the password/],
    ['an unknown user', { user: 'stranger' }, /authentication failed.*Check the user and the password/],
    [
      'a missing database',
      { database: 'nowhere' },
      /database "nowhere" does not exist. Create this database, or correct/,
    ],
    ['TLS where there is none', { tls: 'require' }, /does not support SSL connections. Check sslmode in DATABASE_URL/],
  ] as const)('says immediately what is wrong: %s', async (_what, difference, message) => {
    const address = { ...readPostgresAddress(server.url, 'postgres'), ...difference };
    const error = await open(address, 600_000).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: 'ERR_DATABASE_REFUSED', message: expect.stringMatching(message) });
    expect(String(error)).not.toContain('canary');
  });

  it('refuses tables that this version may not use, and does not migrate without being told', async () => {
    const database = await createPlace();
    const options = {
      ...{ database, migrate: false, waitMs: 600_000, passwords: CHEAP },
      ...{ demoUsers: false, registrationsPerAddress: 100 },
    };
    const error = {
      code: 'ERR_DATABASE_SCHEMA',
      message: expect.stringMatching(/lack 0001-users.*npm run db:migrate$/),
    };
    await expect(openAccounts(options)).rejects.toMatchObject(error);
    const { close } = await open(database);
    await close();
    await (await openAccounts(options)).close();
  });

  it('needs no more rights than those on its own table when it does not migrate', async () => {
    const address = await createPlace();
    await (await open(address)).close();
    const url = server.url.replace(/postgres$/, address.database);
    await runSql(url, `create role app_${address.database} login password 'of the app'`);
    await runSql(url, `grant select, insert, update, delete on users to app_${address.database}`);
    await runSql(url, `grant select on statecraft_migrations to app_${address.database}`);
    const app = { ...address, user: `app_${address.database}`, password: 'of the app' };
    const { accounts, close } = await openAccounts({
      ...{ database: app, migrate: false, waitMs: 0, passwords: CHEAP },
      ...{ demoUsers: false, registrationsPerAddress: 100 },
    });
    expect(await accounts.register('dora', PASSWORD, HOME)).toMatchObject({ username: 'dora' });
    await close();
  });

  it('says that nothing answers, and begins when PostgreSQL is there', async () => {
    const address = await createPlace();
    await server.kill();
    await expect(open(address)).rejects.toMatchObject({
      code: 'ERR_DATABASE_UNAVAILABLE',
      message: expect.stringMatching(/^PostgreSQL at 127\.0\.0\.1:\d+, database faults_\d+: .*ECONNREFUSED/),
    });
    const waiting = open(address, 60_000);
    await server.restart();
    await (await waiting).close();
  });
});

describe('later', () => {
  it('answers ERR_DATABASE_UNAVAILABLE while PostgreSQL is down, and works again when it is back', async () => {
    const { accounts, close } = await open(await createPlace());
    await accounts.register('dora', PASSWORD, HOME);
    await server.kill();
    await expectUnavailable(accounts);
    await server.restart();
    expect(await accounts.signIn('dora', PASSWORD, HOME)).toMatchObject({ username: 'dora' });
    await close();
  });

  it('answers within the deadline while PostgreSQL hangs, and works again when it goes on', async () => {
    const { accounts, close } = await open(await createPlace());
    await accounts.register('dora', PASSWORD, HOME);
    server.pause();
    try {
      const began = performance.now();
      // More than the pool has connections: those that wait for one end at the deadline, too.
      await Promise.all(Array.from({ length: 10 }, () => expectUnavailable(accounts)));
      // A sign-in asks once: the first query fails. The rest is for a busy machine.
      expect(performance.now() - began).toBeLessThan(5 * DEADLINE_MS);
    } finally {
      server.resume();
    }
    await vi.waitFor(() => accounts.signIn('dora', PASSWORD, HOME), { timeout: 20_000 });
    await close();
  });

  it('survives the end of PostgreSQL while queries are on their way', async () => {
    const { address, directory } = await openDirectory();
    await directory.create({ ...dora, id: 'one' });
    for (let round = 0; round < 3; round++) {
      server.pause();
      const queries = Array.from({ length: 5 }, () => readCode(Promise.resolve(directory.findById('one'))));
      await new Promise(setImmediate);
      await server.kill();
      for (const code of await Promise.all(queries)) expect(code).toBe('ERR_DATABASE_UNAVAILABLE');
      await server.restart();
      expect(await directory.findById('one'), address.database).toBeDefined();
    }
  });

  it('closes a connection on which a query had no answer', async () => {
    const { address, directory } = await openDirectory();
    await directory.create({ ...dora, id: 'one' });
    const url = server.url.replace(/postgres$/, address.database);
    const listConnections = `select pid from pg_stat_activity where datname = '${address.database}' and application_name = 'statecraft'`;
    const before = await runSql(url, listConnections);
    expect(before).toHaveLength(1);
    server.pause();
    await expect(directory.findById('one')).rejects.toMatchObject({ code: 'ERR_DATABASE_UNAVAILABLE' });
    server.resume();
    await vi.waitFor(async () => expect(await directory.findById('one')).toBeDefined(), { timeout: 20_000 });
    // The pool may have opened two new ones, when the first of them was slow.
    await vi.waitFor(async () => expect(await runSql(url, listConnections)).not.toContainEqual(before[0]), {
      timeout: 20_000,
    });
  });

  it('takes no more connections than the pool may have', async () => {
    const { address, directory } = await openDirectory();
    await Promise.all(
      Array.from({ length: 50 }, (_, index) => directory.create({ ...dora, username: `user-${index}` })),
    );
    // PostgreSQL lists a connection for a moment after it has been closed.
    await vi.waitFor(async () => {
      const [count] = await runSql(
        server.url,
        `select count(*)::int as open from pg_stat_activity where datname = '${address.database}' and application_name = 'statecraft'`,
      );
      expect(count).toEqual({ open: 2 });
    });
  });

  it('answers ERR_DATABASE_UNAVAILABLE when PostgreSQL has no connection left', async () => {
    const { address } = await openDirectory();
    const crowd = await openForTest({ ...address, database: 'postgres' }, { poolSize: 100 });
    let letGo = () => {};
    const end = new Promise<void>((resolve) => {
      letGo = resolve;
    });
    const held = Promise.allSettled(Array.from({ length: 30 }, () => crowd.db.connection().execute(() => end)));
    const late = await openForTest(address, { deadlineMs: DEADLINE_MS });
    await vi.waitFor(
      async () => {
        await expect(createSqlDirectory(late).findById('one')).rejects.toMatchObject({
          code: 'ERR_DATABASE_UNAVAILABLE',
        });
      },
      { timeout: 20_000, interval: 1 },
    );
    letGo();
    await held;
  });

  it('answers reads and refuses writes on a standby', async () => {
    const { address, directory } = await openDirectory();
    await directory.create({ ...dora, id: 'one' });
    // A standby refuses writes with the same error.
    await runSql(server.url, `alter database ${address.database} set default_transaction_read_only = on`);
    const standby = createSqlDirectory(await openForTest(address));
    expect(await standby.findById('one')).toBeDefined();
    await expect(standby.create({ ...dora, username: 'erik' })).rejects.toMatchObject({
      code: 'ERR_DATABASE_READ_ONLY',
      message: expect.stringContaining('DATABASE_URL must lead to the primary.'),
    });
    await runSql(server.url, `alter database ${address.database} reset default_transaction_read_only`);
    // On a new connection: the one that refused was closed.
    expect(await standby.create({ ...dora, username: 'erik' })).toMatchObject({ username: 'erik' });
  });

  it('answers ERR_DATABASE_UNAVAILABLE to the one of two that PostgreSQL ends because they wait for each other', async () => {
    const { address, directory } = await openDirectory();
    for (const id of ['a', 'b']) await directory.create({ ...dora, id, username: id, roles: ['admin'] });
    const operator = new Client({ ...address });
    await operator.connect();
    onTestFinished(() => operator.end());
    const deadlocks = createSqlDirectory(await openForTest(address, { deadlineMs: 20_000 }));
    await operator.query("begin; select from users where id = 'b' for update");
    const disabling = readCode(Promise.resolve(deadlocks.disable('b')));
    await vi.waitFor(async () => {
      const waiting = `select from pg_stat_activity where datname = '${address.database}' and wait_event_type = 'Lock'`;
      expect(await runSql(server.url, waiting)).toHaveLength(1);
    });
    // It has the lock of `a` already. The one that waited first is ended.
    await operator.query("select from users where id = 'a' for update");
    expect(await disabling).toBe('ERR_DATABASE_UNAVAILABLE');
  });

  it('says that this user has no right', async () => {
    const { address } = await openDirectory();
    await runSql(server.url, `create role guest_${address.database} login password 'guest'`);
    const guest = { ...address, user: `guest_${address.database}`, password: 'guest' };
    await expect(createSqlDirectory(await openForTest(guest)).findById('one')).rejects.toMatchObject({
      code: 'ERR_DATABASE_REFUSED',
      message: expect.stringContaining('Grant this user the rights'),
    });
  });
});

describe('with TLS', () => {
  let ca: string;
  beforeAll(async () => {
    ca = await switchToTls(server);
  });

  const connect = async (difference: Partial<PostgresAddress>) => {
    const address = { ...readPostgresAddress(server.url, 'postgres'), ...difference };
    const database = await openForTest(address, { deadlineMs: 5_000 });
    const { rows } = await database.run(() =>
      sql<{ ssl: boolean }>`select ssl from pg_stat_ssl where pid = pg_backend_pid()`.execute(database.db),
    );
    return rows[0]?.ssl;
  };

  it.each([
    ['disable', '127.0.0.1', false],
    ['require', '127.0.0.1', true],
    ['verify-ca', '127.0.0.1', true],
    ['verify-full', 'localhost', true],
  ] as const)('connects with sslmode=%s to %s', async (tls, host, encrypted) => {
    expect(await connect({ tls, host, ca })).toBe(encrypted);
  });

  it.each([
    ['verify-full', '127.0.0.1', true],
    ['verify-full', 'localhost', false],
    ['verify-ca', 'localhost', false],
  ] as const)(
    'refuses with sslmode=%s a certificate that does not fit (%s, with its CA: %s)',
    async (tls, host, known) => {
      await expect(connect({ tls, host, ...(known && { ca }) })).rejects.toMatchObject({
        code: 'ERR_DATABASE_REFUSED',
        message: expect.stringContaining('Check sslmode in DATABASE_URL, and DATABASE_CA_FILE.'),
      });
    },
  );
});

async function expectUnavailable(accounts: Accounts): Promise<void> {
  await expect(accounts.signIn('dora', PASSWORD, HOME)).rejects.toMatchObject({
    ...{ code: 'ERR_DATABASE_UNAVAILABLE', statusCode: 503 },
  });
}

/** @returns the certificate, which is for `localhost` and signs itself */
async function switchToTls({ url }: PostgresServer): Promise<string> {
  const [row] = await runSql(url, `select current_setting('data_directory') as folder`);
  const { folder } = row as { folder: string };
  const [certificate, key] = [join(folder, 'server.crt'), join(folder, 'server.key')];
  const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost'];
  const args = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-keyout', key, '-out', certificate];
  expect(spawnSync('openssl', [...args, ...subject]).status).toBe(0);
  chmodSync(key, 0o600);
  const { uid, gid } = statSync(folder);
  for (const file of [certificate, key]) chownSync(file, uid, gid);
  await runSql(url, 'alter system set ssl = on');
  await runSql(url, 'select pg_reload_conf()');
  await vi.waitFor(async () => expect(await runSql(url, 'show ssl')).toEqual([{ ssl: 'on' }]), { timeout: 10_000 });
  return readFileSync(certificate, 'utf8');
}
