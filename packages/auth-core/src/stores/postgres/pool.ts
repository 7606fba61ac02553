// The pool that the store is given: the options that it must have.

import type { Pool, PoolConfig } from 'pg';
import { AuthError } from '../../errors.ts';

/** A pool of `pg`. */
export type PostgresPool = Pool;

/** How long an operation may take. */
export interface PostgresPoolDeadline {
  /** ms within which every operation of the store has answered or thrown. Default 2,000. */
  readonly deadlineMs?: number;
}

/** The default options of `postgresPoolOptions`. */
export const POSTGRES_POOL_DEFAULTS = { deadlineMs: 2_000, max: 10 } as const;

/**
 * Options for `new Pool({ connectionString, ...postgresPoolOptions() })` that `createPostgresStore` accepts. A
 * statement ends at the deadline, in the server and here; a connection whose server does not answer is closed and
 * replaced.
 */
export function postgresPoolOptions({ deadlineMs = POSTGRES_POOL_DEFAULTS.deadlineMs }: PostgresPoolDeadline = {}) {
  if (!(deadlineMs >= 1)) throw new AuthError('ERR_OPTION_INVALID', 'deadlineMs must be at least 1.');
  return {
    max: POSTGRES_POOL_DEFAULTS.max,
    connectionTimeoutMillis: deadlineMs,
    // Of the client: it gives up on the connection.
    query_timeout: deadlineMs,
    // Of the server: it ends the statement, so that none is left behind that waits for a lock.
    statement_timeout: deadlineMs,
    idle_in_transaction_session_timeout: deadlineMs,
    keepAlive: true,
  } satisfies PoolConfig;
}

/**
 * @returns the pool's query_timeout, ms
 * @throws ERR_OPTION_INVALID for what is not a pool of pg, and for options that would let an operation wait for ever;
 * the message names each of them
 */
export function checkPool(pool: PostgresPool): number {
  if (typeof pool?.query !== 'function' || typeof pool.connect !== 'function' || typeof pool.options !== 'object') {
    const advice = 'Make one with new Pool({ connectionString, ...postgresPoolOptions() }).';
    throw new AuthError('ERR_OPTION_INVALID', `The pool must be a Pool of pg. ${advice}`);
  }
  const { query_timeout: queryTimeout = 0, statement_timeout: statementTimeout = 0 } = pool.options;
  const wrong = Object.entries({
    query_timeout: queryTimeout,
    statement_timeout: statementTimeout || 0,
    connectionTimeoutMillis: pool.options.connectionTimeoutMillis ?? 0,
  }).filter(([, ms]) => !(ms > 0));
  if (wrong.length === 0) return queryTimeout;
  const named = wrong.map(([name]) => `${name} must be a number of ms`).join('; ');
  throw new AuthError('ERR_OPTION_INVALID', `The pool: ${named}. postgresPoolOptions() gives what is needed.`);
}
