// Opens the file: makes it for the owner only, sets it up for many processes, and refuses files that are not the
// store's.

import { closeSync, openSync, statSync } from 'node:fs';
import type { DatabaseSync } from 'node:sqlite';
import { AuthError } from '../../errors.ts';

/** Marks the file as one of this store (PRAGMA application_id): "SCSS". */
const APPLICATION_ID = 0x53435353;
/** Of the tables below (PRAGMA user_version). */
const SCHEMA_VERSION = 1;

/** What a power loss may lose: docs/stores.md. */
export type Synchronous = 'full' | 'normal';

export interface FileOptions {
  /** Absolute. */
  readonly path: string;
  /** Whether to make the file if there is none. */
  readonly create: boolean;
  readonly synchronous: Synchronous;
  readonly maxBytes: number;
}

/**
 * `key` stays the same when a session is rotated, and is never used again. `moved` says which session an old id had.
 * The texts are last, so that a sweep does not read them.
 */
const SCHEMA = `
CREATE TABLE sessions (
  key INTEGER PRIMARY KEY AUTOINCREMENT,
  id TEXT NOT NULL UNIQUE,
  format INTEGER NOT NULL,
  version INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  idle_expires_at INTEGER NOT NULL,
  absolute_expires_at INTEGER NOT NULL,
  ends_at INTEGER GENERATED ALWAYS AS (min(idle_expires_at, absolute_expires_at)) VIRTUAL,
  user TEXT,
  profile TEXT,
  details TEXT NOT NULL,
  data TEXT NOT NULL
) STRICT;
CREATE INDEX sessions_by_end ON sessions (ends_at);
CREATE TABLE moved (id TEXT PRIMARY KEY, key INTEGER NOT NULL, until INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE INDEX moved_by_end ON moved (until);
CREATE TABLE clock (
  only INTEGER PRIMARY KEY CHECK (only = 1),
  boot TEXT NOT NULL,
  origin INTEGER NOT NULL,
  reached INTEGER NOT NULL
) STRICT;
PRAGMA application_id = ${APPLICATION_ID};
PRAGMA user_version = ${SCHEMA_VERSION};
`;

/** @throws ERR_OPTION_INVALID for a Node.js without node:sqlite */
function loadSqlite(): typeof import('node:sqlite') {
  const sqlite = process.getBuiltinModule?.('node:sqlite');
  if (sqlite !== undefined) return sqlite;
  throw new AuthError(
    'ERR_OPTION_INVALID',
    `The SQLite store needs node:sqlite, and Node.js ${process.versions.node} has none. Use Node.js 24 or later.`,
  );
}

/**
 * The connection that writes. SQLite gives the files beside the database (-wal, -shm) the same rights.
 * @throws errors of SQLite; ERR_OPTION_INVALID for a database of another program or of a later version
 */
export function openToWrite({ path, create, synchronous, maxBytes }: FileOptions): DatabaseSync {
  if (create) createFile(path);
  else if (identifyFile(path) === undefined) throw createMissingError(path);
  const db = new (loadSqlite().DatabaseSync)(path);
  try {
    checkOwner(db, path);
    db.exec('PRAGMA journal_mode = WAL');
    db.exec(`PRAGMA synchronous = ${synchronous}`);
    db.exec(`PRAGMA max_page_count = ${Math.ceil(maxBytes / readNumber(db, 'page_size'))}`);
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}

/** Tells the file from another one of the same name; undefined if there is none. */
export function identifyFile(path: string): string | undefined {
  const found = statSync(path, { bigint: true, throwIfNoEntry: false });
  return found && `${found.dev}:${found.ino}`;
}

export function createMissingError(path: string): Error {
  return new Error(`${path} was removed or replaced while it was in use. Put the file back, or restart all servers.`);
}

/** The connection that reads. It sees each write as soon as it is committed, by whatever process. */
export function openToRead(path: string): DatabaseSync {
  return new (loadSqlite().DatabaseSync)(path, { readOnly: true });
}

/** Makes the tables of a new file. Call it in a transaction. */
export function createTables(db: DatabaseSync): void {
  if (readNumber(db, 'user_version') === 0) db.exec(SCHEMA);
}

/**
 * For the owner only: sessions are personal data. Never opens a file that exists: closing it would drop the locks that
 * SQLite holds on it in this process (https://sqlite.org/howtocorrupt.html, 2.2).
 */
function createFile(path: string): void {
  try {
    closeSync(openSync(path, 'wx', 0o600));
  } catch (error) {
    if (!hasCode(error, 'EEXIST')) throw error;
  }
}

function checkOwner(db: DatabaseSync, path: string): void {
  const isOurs = readNumber(db, 'application_id') === APPLICATION_ID;
  const isEmpty = readNumber(db, 'page_count') === 0 || readNumber(db, 'schema_version') === 0;
  const version = readNumber(db, 'user_version');
  if (!isOurs && !isEmpty) {
    throw new AuthError('ERR_OPTION_INVALID', `${path} is a database of another program. Name a file of its own.`);
  }
  if (version > SCHEMA_VERSION) {
    const text = `${path} was written by a later version (schema ${version}; this one knows ${SCHEMA_VERSION}).`;
    throw new AuthError('ERR_OPTION_INVALID', `${text} Use that version, or name another file.`);
  }
}

type Pragma = 'application_id' | 'page_count' | 'page_size' | 'schema_version' | 'user_version';

function readNumber(db: DatabaseSync, pragma: Pragma): number {
  return Number(Object.values(db.prepare(`PRAGMA ${pragma}`).get() ?? {})[0]);
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
