// Databases for tests.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { onTestFinished } from 'vitest';
import {
  createSqlDirectory,
  type Database,
  type DatabaseAddress,
  type DatabaseOptions,
  migrate,
  openDatabase,
  type PostgresAddress,
  type SqliteAddress,
} from '../src/index.ts';
import type { TwoServers } from './directory-contract.ts';

export function readPostgresAddress(url: string, database: string): PostgresAddress {
  const { hostname: host, port, username: user, password } = new URL(url);
  return { kind: 'postgres', host, port: Number(port), user, password, database, tls: 'disable' };
}

/** @param url of the superuser */
export async function createPostgresDatabase(url: string, name: string): Promise<void> {
  await runSql(url, `create database ${name}`);
}

export async function runSql(url: string, statement: string): Promise<unknown[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(statement)).rows;
  } finally {
    await client.end();
  }
}

/** A file in a folder of its own, which goes with the test. */
export function nameSqliteFile(): SqliteAddress {
  const folder = mkdtempSync(join(tmpdir(), 'statecraft-users-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return { kind: 'sqlite', path: join(folder, 'users.sqlite') };
}

/** Closes with the test. */
export async function openForTest(address: DatabaseAddress, options?: DatabaseOptions): Promise<Database> {
  const database = await openDatabase(address, options);
  onTestFinished(() => database.close());
  return database;
}

/** Two servers on one new database, with one time that the test moves. */
export async function openTwoServers(address: DatabaseAddress, start: number): Promise<TwoServers> {
  const time = { now: start };
  const open = async () => {
    const database = await openForTest(address);
    await migrate(database);
    return createSqlDirectory(database, { now: () => time.now });
  };
  const [first, second] = await Promise.all([open(), open()]);
  return { first, second, time };
}
