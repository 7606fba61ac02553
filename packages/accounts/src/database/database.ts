// A database of either kind, open. Queries are Kysely's; what differs between the two kinds stays in this folder.
//
//   directory ── run(query) ──> a deadline, another try while SQLite's file is locked ──> rows, or an AccountsError
//   migrations ── transact(work) ──> one exclusive transaction

import type { Kysely } from 'kysely';
import type { DatabaseAddress } from './address.ts';
import type { Tables } from './schema.ts';

export interface DatabaseOptions {
  /** Within which a query has answered or failed, ms. Default 2,000. */
  readonly deadlineMs?: number;
  /** Most connections to PostgreSQL. Default 10. */
  readonly poolSize?: number;
}

export interface Database {
  readonly kind: DatabaseAddress['kind'];
  /** For messages, without a password: `PostgreSQL at db:5432, database shop`. */
  readonly name: string;
  readonly db: Kysely<Tables>;
  /**
   * Runs one query. `query` is called again if SQLite's file was locked, so it must be one statement.
   * @throws ERR_DATABASE_…, and other errors as they are
   */
  run<T>(query: () => Promise<T>): Promise<T>;
  /** Runs `work` in one transaction, and no other `transact` meanwhile, also not of another process. */
  transact<T>(work: (db: Kysely<Tables>) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}
