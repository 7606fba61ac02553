// What PostgreSQL reports: for the environment, and for the weight of sessions.

import { Client } from 'pg';
import { SESSION_TABLE } from '../setup/sides.ts';

/** Bytes of the table of sessions with its indexes; 0 while there is none. */
export async function readSessionBytes(url: string): Promise<number> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 2_000, query_timeout: 2_000 });
  client.on('error', () => undefined);
  await client.connect();
  try {
    const sql = 'SELECT coalesce(pg_total_relation_size(to_regclass($1)), 0) AS bytes';
    const { rows } = await client.query<{ bytes: string }>(sql, [SESSION_TABLE]);
    return Number(rows[0]?.bytes);
  } finally {
    await client.end();
  }
}
