// Where the sessions are in PostgreSQL: SESSION_DATABASE_URL, else DATABASE_URL.

import { type DatabaseAddress, parseDatabaseUrl } from '@statecraft/service-kit';

export type PostgresAddress = Extract<DatabaseAddress, { kind: 'postgres' }>;

/** Undefined for the URL of another database, and for what is no such URL. */
export function parsePostgresUrl(url: string): PostgresAddress | undefined {
  try {
    const address = parseDatabaseUrl(url);
    return address.kind === 'postgres' ? address : undefined;
  } catch {
    return undefined;
  }
}
