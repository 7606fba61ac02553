// Databases for tests.

import { Client } from 'pg';
import { onTestFinished } from 'vitest';
import { createSqlDirectory, type DatabaseAddress, migrate, openDatabase, type PostgresAddress } from '../src/index.ts';
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

/** Two servers on one new database, with one time that the test moves. */
export async function openTwoServers(address: DatabaseAddress, start: number): Promise<TwoServers> {
  const time = { now: start };
  const open = async () => {
    const database = await openDatabase(address);
    onTestFinished(() => database.close());
    await migrate(database);
    return createSqlDirectory(database, { now: () => time.now });
  };
  const [first, second] = await Promise.all([open(), open()]);
  return { first, second, time };
}
