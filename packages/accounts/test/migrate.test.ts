// Migrations on both databases: up, down and up again on data, several migrators, and versions that do not fit.

import { readFileSync } from 'node:fs';
import { type PostgresServer, startPostgres } from '@statecraft/infra-dev';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  APP_VERSION,
  createSqlDirectory,
  type Database,
  type DatabaseAddress,
  MIGRATIONS,
  type Migration,
  migrate,
  readSchemaStatus,
  requireSchema,
  rollBack,
} from '../src/index.ts';
import { createPostgresDatabase, nameSqliteFile, openForTest, readPostgresAddress } from './databases.ts';
import { createGate, readCode } from './fixture.ts';

const NAMES = MIGRATIONS.map(({ name }) => name);

/** A migration of a later version, which adds a column and fills it. */
const later: Migration = {
  name: '9001-email',
  lowestVersion: '0.1.0',
  required: true,
  async up(db) {
    await db.schema.alterTable('users').addColumn('email', 'text').execute();
    await sql`update users set email = username || '@example.com'`.execute(db);
  },
  down: (db) => db.schema.alterTable('users').dropColumn('email').execute(),
  countLoss: async () => undefined,
};
const failing: Migration = {
  ...later,
  name: '9002-failing',
  async up(db) {
    await db.schema.createTable('half').addColumn('id', 'text').execute();
    throw new Error('It fails half-way.');
  },
};

let postgres: PostgresServer;
let databases = 0;
beforeAll(async () => {
  postgres = await startPostgres();
});
afterAll(() => postgres.stop());

async function createPlace(kind: string): Promise<DatabaseAddress> {
  if (kind === 'SQLite') return nameSqliteFile();
  const name = `migrations_${databases++}`;
  await createPostgresDatabase(postgres.url, name);
  return readPostgresAddress(postgres.url, name);
}

async function addUsers(database: Database): Promise<void> {
  const directory = createSqlDirectory(database);
  for (const username of ['ada', 'bob', 'Carl'])
    await directory.create({ username, passwordHash: `hash of ${username}`, roles: ['user'] });
}

const readUsers = async ({ db }: Database) => (await sql`select * from users order by id`.execute(db)).rows;

describe.each(['SQLite', 'PostgreSQL'])('on %s', (kind) => {
  it('brings a new database to this version, and has nothing to do the second time', async () => {
    const database = await openForTest(await createPlace(kind));
    expect((await readSchemaStatus(database)).problem).toMatch(/lack 0001-users.*npm run db:migrate$/);
    expect(await migrate(database)).toEqual(NAMES);
    expect(await migrate(database)).toEqual([]);
    expect(await readSchemaStatus(database)).toMatchObject({ problem: undefined });
  });

  it('goes up, down and up again on data, and keeps every user', async () => {
    const database = await openForTest(await createPlace(kind));
    await migrate(database);
    await addUsers(database);
    const before = await readUsers(database);
    const migrations = [...MIGRATIONS, later];
    expect(await migrate(database, { migrations })).toEqual([later.name]);
    const changed = before.map((user) => ({
      ...(user as object),
      email: `${(user as { username: string }).username}@example.com`,
    }));
    expect(await readUsers(database)).toEqual(changed);
    expect(await rollBack(database, { migrations })).toBe(later.name);
    expect(await readUsers(database)).toEqual(before);
    expect(await migrate(database, { migrations })).toEqual([later.name]);
    expect(await readUsers(database)).toEqual(changed);
  });

  it('undoes every migration of this version, and begins again', async () => {
    const database = await openForTest(await createPlace(kind));
    for (let round = 0; round < 2; round++) {
      expect(await migrate(database)).toEqual(NAMES);
      await addUsers(database);
      for (const name of NAMES.toReversed()) expect(await rollBack(database, { loseData: true })).toBe(name);
      expect(await rollBack(database)).toBeUndefined();
    }
  });

  it('does not delete users unless it is told to', async () => {
    const database = await openForTest(await createPlace(kind));
    const migrations = MIGRATIONS.slice(0, 1);
    await migrate(database, { migrations });
    await addUsers(database);
    await expect(rollBack(database, { migrations })).rejects.toMatchObject({
      code: 'ERR_DATABASE_SCHEMA',
      message: expect.stringMatching(/would delete 3 users.*--lose-data$/),
    });
    expect(await readUsers(database)).toHaveLength(3);
  });

  it('applies all migrations or none if one fails', async () => {
    const database = await openForTest(await createPlace(kind));
    await migrate(database);
    await addUsers(database);
    const before = await readUsers(database);
    await expect(migrate(database, { migrations: [...MIGRATIONS, later, failing] })).rejects.toThrow('half-way');
    expect(await readUsers(database)).toEqual(before);
    await expect(sql`select * from half`.execute(database.db)).rejects.toThrow();
    expect((await readSchemaStatus(database)).migrations.map(({ name }) => name)).toEqual(NAMES);
  });

  it('lets several migrators that start together apply each migration once', async () => {
    const place = await createPlace(kind);
    const migrators = await Promise.all(Array.from({ length: 6 }, () => openForTest(place)));
    const migrations = [...MIGRATIONS, later];
    const applied = await Promise.all(migrators.map((migrator) => migrate(migrator, { migrations })));
    expect(applied.flat().sort()).toEqual(migrations.map(({ name }) => name).sort());
  });

  it('waits for a migrator that is at work', async () => {
    const place = await createPlace(kind);
    const [first, second, third] = [await openForTest(place), await openForTest(place), await openForTest(place)];
    const [began, goOn] = [createGate(), createGate()];
    const slow: Migration = {
      ...later,
      async up(db) {
        began.open();
        await goOn.opened;
        return later.up(db, 'sqlite');
      },
    };
    const slowRun = migrate(first, { migrations: [...MIGRATIONS, slow] });
    await began.opened;
    let ended = false;
    const secondRun = migrate(second, { migrations: [...MIGRATIONS, later] }).finally(() => {
      ended = true;
    });
    // The second one asks for the lock meanwhile: several turns of the event loop and answers of the server pass.
    for (let turn = 0; turn < 5; turn++) await readSchemaStatus(third);
    expect(ended).toBe(false);
    goOn.open();
    expect(await slowRun).toEqual([...NAMES, later.name]);
    expect(await secondRun).toEqual([]);
  });

  it('keeps serving while a later version has added its migration', async () => {
    const place = await createPlace(kind);
    const [old, fresh] = [await openForTest(place), await openForTest(place)];
    await migrate(old);
    const directory = createSqlDirectory(old);
    await directory.create({ username: 'ada', passwordHash: 'h', roles: [] });
    await migrate(fresh, { migrations: [...MIGRATIONS, later], appVersion: '0.2.0' });
    await requireSchema(old);
    expect(await migrate(old)).toEqual([]);
    expect(await directory.findByUsername('ada')).toMatchObject({ status: 'active' });
    expect(await directory.create({ username: 'bob', passwordHash: 'h', roles: [] })).toMatchObject({
      username: 'bob',
    });
    const status = await readSchemaStatus(old);
    expect(status.migrations.at(-1)).toMatchObject({ name: later.name, known: false });
    await expect(rollBack(old)).rejects.toThrow(/9001-email is of a later version: roll back with that version/);
  });

  it('refuses a schema whose lowest version is above this one, for the app and for the migrator', async () => {
    const database = await openForTest(await createPlace(kind));
    const contract: Migration = { ...later, name: '9003-contract', lowestVersion: '0.10.0' };
    await migrate(database, { migrations: [...MIGRATIONS, contract], appVersion: '0.10.0' });
    const refused = {
      code: 'ERR_DATABASE_SCHEMA',
      message: expect.stringMatching(/need 0\.10\.0 of the apps or later; this is 0\.9\.0.*npm run db:rollback$/),
    };
    await expect(requireSchema(database, { appVersion: '0.9.0' })).rejects.toMatchObject(refused);
    await expect(migrate(database, { migrations: [...MIGRATIONS, later], appVersion: '0.9.0' })).rejects.toMatchObject(
      refused,
    );
    await requireSchema(database, { appVersion: '0.10.0', migrations: [...MIGRATIONS, contract] });
  });

  it('lets an app start without a migration that only removes what earlier versions use', async () => {
    const database = await openForTest(await createPlace(kind));
    await migrate(database);
    const contract: Migration = { ...later, required: false };
    await requireSchema(database, { migrations: [...MIGRATIONS, contract] });
    await expect(requireSchema(database, { migrations: [...MIGRATIONS, later] })).rejects.toThrow(/lack 9001-email/);
  });

  it('does not touch tables of another application', async () => {
    const database = await openForTest(await createPlace(kind));
    await sql`create table users (id text)`.execute(database.db);
    await expect(migrate(database)).rejects.toMatchObject({
      code: 'ERR_DATABASE_SCHEMA',
      message: expect.stringContaining('Give the users a database of their own.'),
    });
    expect(await sql`select * from users`.execute(database.db)).toMatchObject({ rows: [] });
  });

  it('answers ERR_DATABASE_SCHEMA when the tables are gone while the app runs', async () => {
    const database = await openForTest(await createPlace(kind));
    await migrate(database);
    const directory = createSqlDirectory(database);
    await rollBack(database, { migrations: MIGRATIONS, loseData: true });
    while ((await rollBack(database, { loseData: true })) !== undefined);
    expect(await readCode(Promise.resolve(directory.findById('one')))).toBe('ERR_DATABASE_SCHEMA');
  });
});

it('has the version of package.json, and numbered migrations whose lowest versions rise', () => {
  const { version } = JSON.parse(readFileSync(new URL('../../../package.json', import.meta.url), 'utf8'));
  expect(APP_VERSION).toBe(version);
  expect(NAMES).toEqual(NAMES.toSorted());
  expect(NAMES.every((name) => /^\d{4}-[a-z-]+$/.test(name))).toBe(true);
  for (const { lowestVersion } of MIGRATIONS) expect(lowestVersion).toMatch(/^\d+\.\d+\.\d+$/);
});
