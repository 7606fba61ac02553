import { existsSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { Client } from 'pg';
import { expect, it, onTestFinished } from 'vitest';
import {
  findOrStartPostgres,
  findPostgresPrograms,
  type PostgresServer,
  type StartPostgresOptions,
  startPostgres,
} from '../src/index.ts';

async function start(options?: StartPostgresOptions): Promise<PostgresServer> {
  const server = await startPostgres(options);
  onTestFinished(() => server.stop());
  return server;
}

async function connectTo(url: string): Promise<Client> {
  const client = new Client({ connectionString: url });
  // A connection that the server ends is part of the tests.
  client.on('error', () => {});
  await client.connect();
  onTestFinished(() => void client.end().catch(() => {}));
  return client;
}

const readNumber = async (client: Client, sql: string): Promise<number> =>
  Number(Object.values((await client.query(sql)).rows[0])[0]);

it.each(['machine', 'npm'] as const)(
  'startPostgres starts the PostgreSQL of the %s, and stop ends it and removes its data',
  async (from) => {
    if (findPostgresPrograms(from) === undefined) return;
    const server = await startPostgres({ from });
    const client = await connectTo(server.url);
    const { rows } = await client.query('SELECT current_setting($1) AS folder', ['data_directory']);
    expect(Number.parseInt(server.version, 10)).toBeGreaterThanOrEqual(15);
    await server.stop();
    expect(existsSync(rows[0].folder)).toBe(false);
    await expect(connectTo(server.url)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  },
);

it.runIf(['linux', 'darwin'].includes(process.platform))('the npm packages have a PostgreSQL for this machine', () => {
  expect(findPostgresPrograms('npm')).toMatchObject({ from: 'npm', version: '18.4' });
});

it('what was committed survives kill -9 and a restart on the same port', async () => {
  const server = await start();
  const before = await connectTo(server.url);
  await before.query('CREATE TABLE kept (n int)');
  await before.query('INSERT INTO kept VALUES (7)');
  await server.kill();
  await expect(connectTo(server.url)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  await server.restart();
  expect(await readNumber(await connectTo(server.url), 'SELECT n FROM kept')).toBe(7);
});

it('after shutDown, a client gets 57P01, and the server can be started again', async () => {
  const server = await start();
  const client = await connectTo(server.url);
  const failure = new Promise((resolve) => client.once('error', resolve));
  await server.shutDown();
  expect(await failure).toMatchObject({ code: '57P01' });
  await server.restart();
  expect(await readNumber(await connectTo(server.url), 'SELECT 1')).toBe(1);
});

it('a paused server answers nothing until it is resumed', async () => {
  const server = await start();
  const client = await connectTo(server.url);
  server.pause();
  const answer = client.query('SELECT 1');
  const first = await Promise.race([answer, new Promise((resolve) => setTimeout(resolve, 100, 'silence'))]);
  expect(first).toBe('silence');
  server.resume();
  expect((await answer).rowCount).toBe(1);
});

it('stop ends a paused server', async () => {
  const server = await startPostgres();
  server.pause();
  await server.stop();
  await expect(connectTo(server.url)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
});

it('other users of the machine need the password', async () => {
  const url = new URL((await start()).url);
  url.password = 'wrong';
  await expect(connectTo(url.href)).rejects.toMatchObject({ code: '28P01' });
});

it.each([
  [false, 'off'],
  [true, 'on'],
])('with fsync %s, the setting is %s; further settings are passed on', async (fsync, setting) => {
  const client = await connectTo((await start({ fsync, settings: { max_connections: 17 } })).url);
  expect((await client.query('SHOW fsync')).rows).toEqual([{ fsync: setting }]);
  expect(await readNumber(client, 'SHOW max_connections')).toBe(17);
});

it('a server that does not start leaves no folder, and the error has its last lines', async () => {
  const listFolders = () =>
    readdirSync(tmpdir()).filter((name) => name.startsWith(`statecraft-postgres-${process.pid}-`));
  const before = listFolders();
  await expect(startPostgres({ settings: { max_connections: 'many' } })).rejects.toThrow(/max_connections/);
  expect(listFolders()).toEqual(before);
});

it('findOrStartPostgres starts a server if DATABASE_URL is not set or names another database', async () => {
  for (const env of [{}, { DATABASE_URL: 'sqlite:accounts.db' }]) {
    const found = await findOrStartPostgres(env);
    expect(found?.from).toMatch(/machine|npm/);
    await found?.stop();
  }
});

it('findOrStartPostgres uses DATABASE_URL and leaves its server running', async () => {
  const { url } = await start();
  const found = await findOrStartPostgres({ DATABASE_URL: url });
  expect(found).toMatchObject({ from: 'DATABASE_URL', url });
  await found?.stop();
  expect(await readNumber(await connectTo(url), 'SELECT 1')).toBe(1);
});

it('findOrStartPostgres refuses a DATABASE_URL that does not answer, without printing its password', async () => {
  const server = await startPostgres();
  await server.stop();
  const failure = findOrStartPostgres({ DATABASE_URL: server.url });
  await expect(failure).rejects.toThrow(`DATABASE_URL is set, but no PostgreSQL answers at 127.0.0.1:${server.port}.`);
});
