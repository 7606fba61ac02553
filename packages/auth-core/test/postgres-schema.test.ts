// The tables: made by a function or by statements in other migrations, and examined before they are used.

import { expect, it } from 'vitest';
import { steadyClock } from '../src/index.ts';
import { createSessionTable, dropSessionTable, listSessionTableStatements } from '../src/stores/postgres.ts';
import { newSession } from './fixture.ts';
import { readRows, usePostgres } from './postgres-fixture.ts';

const postgres = usePostgres();

it('createSessionTable can be called again, and by many servers at the same time', async () => {
  const pools = [1, 2, 3, 4].map(() => postgres.openPool());
  await dropSessionTable(pools[0] as (typeof pools)[0]);
  await Promise.all(pools.map((pool) => createSessionTable(pool)));
  await postgres.openStore().create(newSession(steadyClock, 'ada'));
  await Promise.all(pools.map((pool) => createSessionTable(pool)));
  expect(await postgres.openStore().list('ada')).toHaveLength(1);
});

it('the exported statements make the same tables, in a schema of their own, too', async () => {
  const pool = postgres.openPool();
  await pool.query('CREATE SCHEMA app');
  for (const statement of listSessionTableStatements({ table: 'app.sessions' })) await pool.query(statement);
  const store = postgres.openStore({ table: 'app.sessions' });
  const session = newSession(steadyClock, 'ada');
  await store.create(session);
  expect(await store.read(session.id)).toEqual({ ...session, version: 1 });
  expect(await readRows(pool, 'SELECT count(*) FROM app.sessions')).toEqual([['1']]);
});

it('stores with different tables share nothing, on one pool', async () => {
  const pool = postgres.openPool();
  const session = newSession(steadyClock, 'ada');
  for (const table of ['one', 'two']) await createSessionTable(pool, { table });
  const [one, two] = ['one', 'two'].map((table) => postgres.openStore({ table }, pool));
  await one?.create(session);
  expect(await two?.read(session.id)).toBeUndefined();
});

it('a table that does not exist is named, with what to do', async () => {
  const store = postgres.openStore({ table: 'missing' });
  const refused = { code: 'ERR_OPTION_INVALID', message: expect.stringContaining('createSessionTable') };
  await expect(store.ready()).rejects.toMatchObject(refused);
  await expect(store.list('ada')).rejects.toMatchObject(refused);
  await createSessionTable(postgres.openPool(), { table: 'missing' });
  expect(await store.list('ada')).toEqual([]);
});

it('a table of another version, or of another program, is refused', async () => {
  const pool = postgres.openPool();
  await createSessionTable(pool, { table: 'newer' });
  await pool.query("COMMENT ON TABLE newer IS 'statecraft sessions, version 99'");
  await pool.query('CREATE TABLE foreign_table (id text)');
  for (const [table, message] of [
    ['newer', /version 99.*needs "statecraft sessions, version 1"/],
    ['foreign_table', /has no version/],
  ] as const) {
    const refused = { code: 'ERR_OPTION_INVALID', message: expect.stringMatching(message) };
    await expect(postgres.openStore({ table }).ready()).rejects.toMatchObject(refused);
  }
});

it('a database in another encoding is refused', async () => {
  const pool = postgres.openPool();
  await pool.query("CREATE DATABASE latin ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0");
  const url = new URL(postgres.server().url);
  url.pathname = '/latin';
  const latin = postgres.openPool({ connectionString: url.href });
  await createSessionTable(latin);
  const refused = { code: 'ERR_OPTION_INVALID', message: expect.stringContaining('LATIN1') };
  await expect(postgres.openStore({}, latin).ready()).rejects.toMatchObject(refused);
});

it('an unlogged table survives an orderly stop, and is empty after kill -9', async () => {
  await postgres.createTables({ unlogged: true });
  const session = newSession(steadyClock, 'ada');
  const read = async () => postgres.openStore().read(session.id);
  await postgres.openStore().create(session);
  await postgres.server().shutDown();
  await postgres.server().restart();
  expect(await read()).toBeDefined();
  await postgres.server().kill();
  await postgres.server().restart();
  expect(await read()).toBeUndefined();
});
