// Opens a database of either kind.

import { AccountsError } from '../errors.ts';
import type { DatabaseAddress } from './address.ts';
import type { Database, DatabaseOptions } from './database.ts';
import { openSqlite } from './sqlite.ts';

export const DATABASE_DEFAULTS = { deadlineMs: 2_000, poolSize: 10 } as const;

/** @throws ERR_DATABASE_… if SQLite's file cannot be opened. PostgreSQL is connected by the first query. */
export async function openDatabase(address: DatabaseAddress, options: DatabaseOptions = {}): Promise<Database> {
  const { deadlineMs, poolSize } = { ...DATABASE_DEFAULTS, ...options };
  for (const [name, value] of Object.entries({ deadlineMs, poolSize })) {
    if (Number.isSafeInteger(value) && value >= 1) continue;
    throw new AccountsError('ERR_ACCOUNTS_OPTION_INVALID', { detail: `${name} must be a whole number of at least 1.` });
  }
  const settings = { deadlineMs, poolSize };
  if (address.kind === 'sqlite') return openSqlite(address, settings);
  // pg takes 50 ms and 10 MB, which a server on SQLite does not need.
  const { openPostgres } = await import('./postgres.ts');
  return openPostgres(address, settings);
}
