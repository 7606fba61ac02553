// How a statement is sent, and what the parts of the store share to send theirs.

import type { PoolClient } from 'pg';
import type { Clock } from '../../contracts/clock.ts';
import type { Operations } from './operations.ts';
import type { PostgresPool } from './pool.ts';
import type { Statement, Statements } from './statements.ts';

/** A value of a statement, as pg takes it. */
export type Value = string | number | null;

/** Sends a prepared statement to any connection of the pool. Rows are arrays. */
export type Query = <R extends unknown[]>(
  statement: Statement,
  values: readonly Value[],
) => Promise<{ readonly rows: R[]; readonly rowCount: number }>;

export interface StatementOptions {
  readonly statements: Statements;
  readonly query: Query;
  readonly perform: Operations['perform'];
  readonly clock: Clock;
}

export async function runStatement<R extends unknown[]>(
  client: PostgresPool | PoolClient,
  { name, text }: Statement,
  values: readonly Value[],
): Promise<{ rows: R[]; rowCount: number }> {
  const { rows, rowCount } = await client.query<R>({ name, text, values: [...values], rowMode: 'array' });
  return { rows, rowCount: rowCount ?? 0 };
}
