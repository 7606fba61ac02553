// PostgreSQL through pg: a bounded pool of connections.
//
// A query waits for a connection, then for its answer; both together end at the deadline. A connection that failed or
// did not answer in time is closed, because the next query on it would wait for nothing.

import type { ConnectionOptions } from 'node:tls';
import { Kysely, PostgresDialect, type PostgresPool, type PostgresPoolClient, sql } from 'kysely';
import { Pool, type PoolConfig } from 'pg';
import { AccountsError } from '../errors.ts';
import { describeAddress, type PostgresAddress } from './address.ts';
import type { Database, DatabaseOptions } from './database.ts';
import { explainFailure } from './failures.ts';
import type { Tables } from './schema.ts';

/** Any number that no other program takes for its own advisory lock in the same database. */
const MIGRATION_LOCK = 7_283_640_451_196_023n;
/** How long a migrator waits for another one, ms. */
const LOCK_WAIT_MS = 60_000;
/** How long a migration may wait for a table. Meanwhile every other query on the table waits behind it, ms. */
const TABLE_WAIT_MS = 5_000;

export function openPostgres(address: PostgresAddress, options: Required<DatabaseOptions>): Database {
  const name = describeAddress(address);
  const { deadlineMs } = options;
  const config = createPoolConfig(address, options);
  const db = openPool(config);
  const explain = (error: unknown): never => {
    throw explainFailure(error, name);
  };

  return {
    kind: 'postgres',
    name,
    db,
    run: (query) => endAtDeadline(query(), deadlineMs, name).catch(explain),
    // On a connection of its own, because a migration may take longer than the deadline.
    async transact(work) {
      const single = openPool({ ...config, max: 1, query_timeout: undefined, statement_timeout: undefined });
      try {
        return await single.transaction().execute(async (transaction) => {
          await lockMigrations(transaction);
          return work(transaction);
        });
      } catch (error) {
        throw explainFailure(error, name);
      } finally {
        await single.destroy();
      }
    },
    close: () => db.destroy(),
  };
}

function openPool(config: PoolConfig): Kysely<Tables> {
  const pool = new Pool(config);
  // Without listeners, the loss of a connection would end the process: of an idle one (pool), of one in use (client).
  // The query that fails reports it.
  pool.on('error', () => undefined);
  pool.on('connect', (client) => client.on('error', () => undefined));
  return new Kysely<Tables>({ dialect: new PostgresDialect({ pool: dropBrokenConnections(pool) }) });
}

async function lockMigrations(transaction: Kysely<Tables>): Promise<void> {
  await sql`select set_config('lock_timeout', ${String(LOCK_WAIT_MS)}, true)`.execute(transaction);
  // It ends with the transaction, also behind PgBouncer.
  await sql`select pg_advisory_xact_lock(${MIGRATION_LOCK})`.execute(transaction);
  await sql`select set_config('lock_timeout', ${String(TABLE_WAIT_MS)}, true)`.execute(transaction);
}

function createPoolConfig(address: PostgresAddress, { deadlineMs, poolSize }: Required<DatabaseOptions>): PoolConfig {
  const { host, port, user, password, database } = address;
  return {
    ...{ host, port, user, password, database, ssl: createTlsOptions(address) },
    max: poolSize,
    connectionTimeoutMillis: deadlineMs,
    query_timeout: deadlineMs,
    statement_timeout: deadlineMs,
    keepAlive: true,
    application_name: 'statecraft',
  };
}

function createTlsOptions({ tls, ca }: PostgresAddress): ConnectionOptions | false {
  if (tls === 'disable') return false;
  if (tls === 'require') return { rejectUnauthorized: false };
  const trusted = ca === undefined ? {} : { ca };
  return tls === 'verify-full' ? trusted : { ...trusted, checkServerIdentity: () => undefined };
}

/** Closes each connection on which a query failed for another reason than its SQL. */
function dropBrokenConnections(pool: Pool): PostgresPool {
  return {
    options: pool.options,
    end: () => pool.end(),
    async connect() {
      const client = await pool.connect();
      let broken = false;
      const query = (text: string, values: unknown[]) =>
        client.query(text, values).catch((error: unknown) => {
          broken ||= isBroken(error);
          throw error;
        });
      return {
        query: query as unknown as PostgresPoolClient['query'],
        release: (destroy) => client.release(destroy || broken),
      };
    },
  };
}

/** Errors in SQL have a SQLSTATE. Those of class 25 come from a server that has become a standby. */
function isBroken(error: unknown): boolean {
  const { code = '' } = error as { code?: string };
  return !/^[\dA-Z]{5}$/.test(code) || code.startsWith('25') || code.startsWith('57P');
}

async function endAtDeadline<T>(answer: Promise<T>, deadlineMs: number, name: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const end = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(
      () =>
        reject(
          new AccountsError('ERR_DATABASE_UNAVAILABLE', { detail: `${name}: no answer within ${deadlineMs} ms.` }),
        ),
      deadlineMs,
    );
  });
  try {
    return await Promise.race([answer, end]);
  } finally {
    clearTimeout(timer);
  }
}
