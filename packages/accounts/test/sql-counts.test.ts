// Failures counted in the database of the users: SQLite and a real PostgreSQL.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type PostgresServer, startPostgres } from '@statecraft/infra-dev';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { createSqlCounts } from '../src/attempts/sql-counts.ts';
import { type Database, type DatabaseAddress, migrate, openDatabase } from '../src/index.ts';
import { describeCounts } from './counts-contract.ts';
import { createPostgresDatabase, readPostgresAddress } from './databases.ts';

let postgres: PostgresServer;
const folder = mkdtempSync(join(tmpdir(), 'statecraft-counts-'));
const ADDRESSES: Record<string, () => DatabaseAddress> = {
  'a SQLite file': () => ({ kind: 'sqlite', path: join(folder, 'users.sqlite') }),
  PostgreSQL: () => readPostgresAddress(postgres.url, 'counts'),
};
beforeAll(async () => {
  postgres = await startPostgres();
  await createPostgresDatabase(postgres.url, 'counts');
});
afterAll(async () => {
  await postgres.stop();
  rmSync(folder, { recursive: true });
});

async function open(address: DatabaseAddress): Promise<Database> {
  const database = await openDatabase(address);
  onTestFinished(() => database.close());
  await migrate(database);
  await database.db.deleteFrom('failed_attempts').execute();
  return database;
}

describe.each(Object.entries(ADDRESSES))('%s', (name, readAddress) => {
  describeCounts(`in ${name}`, async () => createSqlCounts(await open(readAddress())));

  it('loses the rows of empty buckets once in a minute, and keeps the others', async () => {
    const database = await open(readAddress());
    const counts = createSqlCounts(database);
    await counts.add('full', { limit: 1, windowMs: 60_000 });
    await database.db.insertInto('failed_attempts').values({ key: 'empty', empty_at: sql`1` }).execute();
    const now = performance.now();
    vi.spyOn(performance, 'now').mockReturnValue(now + 60_001);
    onTestFinished(() => void vi.restoreAllMocks());
    await counts.add('another', { limit: 1, windowMs: 60_000 });
    const rows = await database.db.selectFrom('failed_attempts').select('key').orderBy('key').execute();
    expect(rows.map(({ key }) => key)).toEqual(['another', 'full']);
  });
});
