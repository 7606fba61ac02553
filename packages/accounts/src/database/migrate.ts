// Brings the tables to this version, and back. Each call is one transaction that excludes other migrators: all of its
// migrations are applied, or none.
//
//   statecraft_migrations:  name | lowest_version | applied_at     one row for each migration that is applied
//
// Not Kysely's Migrator: on SQLite it has neither a lock between processes nor a transaction (docs/decisions/0011).

import { type Kysely, sql } from 'kysely';
import { AccountsError } from '../errors.ts';
import { APP_VERSION, compareVersions } from './app-version.ts';
import type { Database } from './database.ts';
import { MIGRATIONS } from './migrations/index.ts';
import type { Migration } from './migrations/migration.ts';
import type { Tables } from './schema.ts';

const TABLE = 'statecraft_migrations';

export interface MigrateOptions {
  /** Default: those of this version. */
  readonly migrations?: readonly Migration[];
  /** Default: that of this version. */
  readonly appVersion?: string;
}

export interface MigrationStatus {
  readonly name: string;
  /** ISO 8601; undefined if it is not applied. */
  readonly appliedAt: string | undefined;
  /** False if a later version of the apps applied it: this one does not have it. */
  readonly known: boolean;
}

export interface SchemaStatus {
  readonly migrations: readonly MigrationStatus[];
  /** What keeps this version of the apps from using the database; undefined if nothing does. */
  readonly problem: string | undefined;
}

/** Applies what is missing. @returns the names of what was applied. @throws ERR_DATABASE_… */
export async function migrate(database: Database, options: MigrateOptions = {}): Promise<readonly string[]> {
  const { migrations = MIGRATIONS, appVersion = APP_VERSION } = options;
  // Most starts find nothing to do, and need no lock.
  if (findMissing(migrations, await readAppliedOrNone(database)).length === 0) return [];
  return database.transact(async (db) => {
    await createTable(db, database.kind);
    const applied = await readApplied(db);
    requireVersion(database, applied, appVersion);
    const missing = findMissing(migrations, applied);
    for (const migration of missing) {
      await migration.up(db, database.kind);
      const { name, lowestVersion: lowest_version } = migration;
      await db.insertInto(TABLE).values({ name, lowest_version, applied_at: new Date().toISOString() }).execute();
    }
    return missing.map(({ name }) => name);
  });
}

/**
 * Undoes the migration that was applied last.
 * @returns its name, or undefined if none is applied
 * @throws ERR_DATABASE_SCHEMA if only a later version of the apps has it, or if data would be lost and `loseData` is
 * not set
 */
export function rollBack(
  database: Database,
  { migrations = MIGRATIONS, loseData = false }: MigrateOptions & { readonly loseData?: boolean } = {},
): Promise<string | undefined> {
  return database.transact(async (db) => {
    const last = (await hasTable(db, database.kind)) ? (await readApplied(db)).at(-1) : undefined;
    if (last === undefined) return undefined;
    const migration = migrations.find(({ name }) => name === last.name);
    if (migration === undefined)
      throw createSchemaError(database, `${last.name} is of a later version: roll back with that version.`);
    const loss = loseData ? undefined : await migration.countLoss(db);
    if (loss !== undefined)
      throw createSchemaError(
        database,
        `To undo ${last.name} would delete ${loss}. To delete them all the same: npm run db:rollback -- --lose-data`,
      );
    await migration.down(db, database.kind);
    await db.deleteFrom(TABLE).where('name', '=', last.name).execute();
    return last.name;
  });
}

/** Reads which migrations are applied, and whether this version can use the schema. @throws ERR_DATABASE_… */
export async function readSchemaStatus(database: Database, options: MigrateOptions = {}): Promise<SchemaStatus> {
  const { migrations = MIGRATIONS, appVersion = APP_VERSION } = options;
  const applied = await readAppliedOrNone(database);
  const known = migrations.map(({ name }) => ({
    name,
    appliedAt: applied.find((row) => row.name === name)?.appliedAt,
    known: true,
  }));
  const later = applied.filter(({ name }) => !migrations.some((migration) => migration.name === name));
  const missing = findMissing(migrations, applied).filter(({ required }) => required);
  return {
    migrations: [...known, ...later.map(({ name, appliedAt }) => ({ name, appliedAt, known: false }))],
    problem:
      describeLowestVersion(applied, appVersion) ??
      (missing.length === 0
        ? undefined
        : `its tables lack ${missing.map(({ name }) => name).join(', ')}. Run: npm run db:migrate`),
  };
}

/** @throws ERR_DATABASE_SCHEMA if this version of the apps cannot use the schema */
export async function requireSchema(database: Database, options: MigrateOptions = {}): Promise<void> {
  const { problem } = await readSchemaStatus(database, options);
  if (problem !== undefined) throw createSchemaError(database, problem);
}

interface Applied {
  readonly name: string;
  readonly lowestVersion: string;
  readonly appliedAt: string;
}

function findMissing(migrations: readonly Migration[], applied: readonly Applied[]): readonly Migration[] {
  return migrations.filter(({ name }) => !applied.some((row) => row.name === name));
}

function requireVersion(database: Database, applied: readonly Applied[], appVersion: string): void {
  const problem = describeLowestVersion(applied, appVersion);
  if (problem !== undefined) throw createSchemaError(database, problem);
}

function describeLowestVersion(applied: readonly Applied[], appVersion: string): string | undefined {
  const lowest = applied
    .map(({ lowestVersion }) => lowestVersion)
    .sort(compareVersions)
    .at(-1);
  if (lowest === undefined || compareVersions(lowest, appVersion) <= 0) return undefined;
  return (
    `its tables are of a later version and need ${lowest} of the apps or later; this is ${appVersion}. ` +
    `Start version ${lowest}, or undo its migrations with that version: npm run db:rollback`
  );
}

function createSchemaError({ name }: Database, problem: string): AccountsError {
  return new AccountsError('ERR_DATABASE_SCHEMA', { detail: `${name}: ${problem}` });
}

async function createTable(db: Kysely<Tables>, kind: Database['kind']): Promise<void> {
  if (await hasTable(db, kind)) return;
  await db.schema
    .createTable(TABLE)
    .addColumn('name', 'text', (column) => column.primaryKey())
    .addColumn('lowest_version', 'text', (column) => column.notNull())
    .addColumn('applied_at', kind === 'postgres' ? 'timestamptz' : 'text', (column) => column.notNull())
    .execute();
}

async function hasTable(db: Kysely<Tables>, kind: Database['kind']): Promise<boolean> {
  const found =
    kind === 'postgres'
      ? // Not to_regclass: after a wait for the lock, it may still answer from a cache of before.
        sql`select 1 from pg_catalog.pg_class where relname = ${TABLE} and pg_table_is_visible(oid)`
      : sql`select 1 from sqlite_schema where name = ${TABLE}`;
  return (await found.execute(db)).rows.length > 0;
}

async function readAppliedOrNone({ db, kind, run }: Database): Promise<readonly Applied[]> {
  return (await run(() => hasTable(db, kind))) ? run(() => readApplied(db)) : [];
}

async function readApplied(db: Kysely<Tables>): Promise<readonly Applied[]> {
  // The names are numbered. The time of two migrations may be the same.
  const rows = await db.selectFrom(TABLE).selectAll().orderBy('name').execute();
  return rows.map(({ name, lowest_version: lowestVersion, applied_at }) => ({
    name,
    lowestVersion,
    appliedAt: new Date(applied_at).toISOString(),
  }));
}
