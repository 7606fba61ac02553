// What the PostgreSQL tests share: a server for each test file, and stores on an empty table.

import { type PostgresServer, startPostgres } from '@statecraft/infra-dev';
import { Pool, type PoolConfig } from 'pg';
import { afterAll, beforeAll, onTestFinished } from 'vitest';
import {
  createPostgresStore,
  createSessionTable,
  dropSessionTable,
  type PostgresStore,
  type PostgresStoreOptions,
  postgresPoolOptions,
  type SessionTableOptions,
} from '../src/stores/postgres.ts';

export interface PostgresFixture {
  readonly server: () => PostgresServer;
  /** A pool that ends with the test. */
  openPool(options?: PoolConfig): Pool;
  /** A store without a timer, with a pool of its own. */
  openStore(options?: Partial<PostgresStoreOptions>, pool?: Pool): PostgresStore;
  /** Empty tables. */
  createTables(options?: SessionTableOptions): Promise<void>;
}

export function usePostgres(): PostgresFixture {
  let server: PostgresServer;
  beforeAll(async () => {
    server = await startPostgres();
  });
  afterAll(() => server.stop());

  function openPool(options: PoolConfig = {}): Pool {
    const pool = new Pool({ connectionString: server.url, ...postgresPoolOptions(), ...options });
    // A connection that the server ends is part of these tests.
    pool.on('error', () => {});
    onTestFinished(() => pool.end());
    return pool;
  }

  return {
    server: () => server,
    openPool,
    openStore(options = {}, pool = openPool()) {
      const store = createPostgresStore({ pool, sweepEveryMs: 0, ...options });
      onTestFinished(() => store.close());
      return store;
    },
    async createTables(options) {
      const pool = openPool();
      await dropSessionTable(pool, options);
      await createSessionTable(pool, options);
    },
  };
}

/** The rows of a query, each as an array. */
export async function readRows(pool: Pool, text: string, values: unknown[] = []): Promise<unknown[][]> {
  return (await pool.query({ text, values, rowMode: 'array' })).rows;
}
