// SQLite through node:sqlite. Several processes of one machine may use one file.
//
// node:sqlite is synchronous: a statement that waits for another process' lock would stop every request of this
// process. So SQLite itself does not wait (busy timeout 0); the statement is tried again after a pause. In WAL mode
// readers never wait. A write waits for the disk (synchronous=FULL), so that no acknowledged registration is lost with
// the power.

import { accessSync, closeSync, constants, existsSync, openSync, statSync } from 'node:fs';
import { DatabaseSync, type SQLInputValue } from 'node:sqlite';
import { Kysely, type SqliteDatabase, SqliteDialect, sql } from 'kysely';
import { AccountsError } from '../errors.ts';
import { describeAddress, type SqliteAddress } from './address.ts';
import type { Database, DatabaseOptions } from './database.ts';
import { explainFailure, explainFileFailure, isLocked } from './failures.ts';
import { retry } from './retry.ts';
import type { Tables } from './schema.ts';

/** How long a migrator waits for another one, ms. */
const LOCK_WAIT_MS = 60_000;
const PAUSES = { isPassing: isLocked, firstPauseMs: 1, longestPauseMs: 20 };

/** @throws ERR_DATABASE_… if the file cannot be opened */
export async function openSqlite(address: SqliteAddress, options: Required<DatabaseOptions>): Promise<Database> {
  const name = describeAddress(address);
  const runWithin = <T>(withinMs: number, query: () => Promise<T>): Promise<T> =>
    retry(
      () =>
        query().catch((error) => {
          throw explainFailure(error, name);
        }),
      { withinMs, ...PAUSES },
    );
  if (address.path !== ':memory:') reserveFile(address.path, name);
  const file = await runWithin(options.deadlineMs, async () => openFile(address.path));
  const isSameFile = address.path === ':memory:' ? () => true : watchFile(address.path);
  const run = async <T>(query: () => Promise<T>): Promise<T> => {
    if (isSameFile()) return runWithin(options.deadlineMs, query);
    const detail = `${name} was removed or replaced while it was in use. Put it back, or restart all servers.`;
    throw new AccountsError('ERR_DATABASE_UNUSABLE', { detail });
  };
  const db = new Kysely<Tables>({ dialect: new SqliteDialect({ database: adaptDatabase(file) }) });

  return {
    kind: 'sqlite',
    name,
    db,
    run,
    transact: (work) =>
      db.connection().execute(async (connection) => {
        await runWithin(LOCK_WAIT_MS, () => sql`begin immediate`.execute(connection));
        try {
          const result = await work(connection);
          await run(() => sql`commit`.execute(connection));
          return result;
        } catch (error) {
          // SQLite has ended the transaction itself after some errors, a full disk among them.
          if (file.isTransaction) await sql`rollback`.execute(connection);
          throw explainFailure(error, name);
        }
      }),
    async close() {
      await db.destroy();
      if (file.isOpen) file.close();
    },
  };
}

/**
 * Makes the file for this user only, because hashes of passwords are in it; SQLite gives its other files the same mode.
 * Does not open a file that exists: closing it would drop SQLite's locks (https://sqlite.org/howtocorrupt.html, 2.2).
 */
function reserveFile(path: string, name: string): void {
  try {
    if (existsSync(path)) accessSync(path, constants.R_OK | constants.W_OK);
    else closeSync(openSync(path, 'wx', 0o600));
  } catch (error) {
    // Another server has just made it.
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return;
    throw explainFileFailure(error, name);
  }
}

/** Tells whether the path still leads to the same file. Users who are written to a file without a name are lost. */
function watchFile(path: string): () => boolean {
  const identify = () => {
    const found = statSync(path, { bigint: true, throwIfNoEntry: false });
    return found && `${found.dev}:${found.ino}`;
  };
  const first = identify();
  return () => identify() === first;
}

function openFile(path: string): DatabaseSync {
  const file = new DatabaseSync(path, { timeout: 0 });
  try {
    file.exec('pragma journal_mode = wal; pragma synchronous = full');
    return file;
  } catch (error) {
    file.close();
    throw error;
  }
}

/** Kysely's dialect is made for better-sqlite3, whose methods take the parameters as one array. */
function adaptDatabase(file: DatabaseSync): SqliteDatabase {
  return {
    close: () => file.close(),
    prepare(text) {
      const statement = file.prepare(text);
      return {
        reader: statement.columns().length > 0,
        all: (parameters) => statement.all(...(parameters as SQLInputValue[])),
        run: (parameters) => statement.run(...(parameters as SQLInputValue[])),
        iterate: (parameters) => statement.iterate(...(parameters as SQLInputValue[])),
      };
    },
  };
}
