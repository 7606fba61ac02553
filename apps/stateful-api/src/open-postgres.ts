// SESSION_STORE=postgres: the sessions of all servers in one table.

import type { ConnectionOptions } from 'node:tls';
import {
  createPostgresStore,
  createSessionTable,
  type PostgresPool,
  postgresPoolOptions,
} from '@statecraft/auth-core/postgres';
import { type Figure, waitFor } from '@statecraft/service-kit';
import { Pool, type PoolConfig } from 'pg';
import type { StatefulConfig } from './config.ts';
import { keepMistake } from './mistake.ts';
import { type PostgresAddress, parsePostgresUrl } from './postgres-url.ts';

interface Limits {
  readonly maxSessionsPerUser: number;
  readonly maxBytesPerUser: number;
}

/** @throws when PostgreSQL does not answer within DATABASE_WAIT_SECONDS, or has no table of this version */
export async function openPostgres(config: StatefulConfig, limits: Limits) {
  const address = readAddress(config);
  const pool = new Pool({
    ...readConnection(address, config.DATABASE_CA),
    ...postgresPoolOptions({ deadlineMs: config.SESSION_DATABASE_DEADLINE_MS }),
    max: config.SESSION_DATABASE_POOL_SIZE,
    application_name: 'statecraft sessions',
  });
  const store = createPostgresStore({ pool, ...limits });
  const mayMigrate = config.SESSION_DATABASE_MIGRATE ?? config.DATABASE_MIGRATE;
  const close = async () => {
    await store.close();
    await pool.end();
  };
  const open = async () => {
    if (mayMigrate) await makeTable(pool, config);
    await store.ready();
    return { opened: true } as const;
  };
  const name = `PostgreSQL at ${address.host}:${address.port}/${address.database}`;
  try {
    const outcome = await waitFor(name, () => open().catch(keepMistake), config.DATABASE_WAIT_SECONDS * 1000);
    if ('mistake' in outcome) throw new Error(`${name}: ${outcome.mistake.message}${adviseOnTable(outcome.mistake)}`);
    return { store, figures: createPoolFigures(pool), close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function makeTable(pool: PostgresPool, { SESSION_DATABASE_UNLOGGED: unlogged }: StatefulConfig): Promise<void> {
  try {
    await createSessionTable(pool, { unlogged });
  } catch (error) {
    // A user without the right to make tables may use those that are there.
    if ((error as { code?: string }).code !== '42501') throw error;
  }
}

const adviseOnTable = ({ message }: Error): string =>
  message.includes('createSessionTable') ? ' Or start one server with SESSION_DATABASE_MIGRATE=1.' : '';

function readAddress({ SESSION_DATABASE_URL, DATABASE_URL = '' }: StatefulConfig): PostgresAddress {
  const address = parsePostgresUrl(SESSION_DATABASE_URL ?? DATABASE_URL);
  if (address === undefined) throw new Error('SESSION_DATABASE_URL is not a URL of PostgreSQL.');
  return address;
}

function readConnection({ host, port, user, password, database, tls }: PostgresAddress, ca?: string): PoolConfig {
  return { host, port, user, password, database, ssl: createTlsOptions(tls, ca) };
}

function createTlsOptions(mode: PostgresAddress['tls'], ca: string | undefined): ConnectionOptions | false {
  if (mode === 'disable') return false;
  if (mode === 'require') return { rejectUnauthorized: false };
  const trusted = ca === undefined ? {} : { ca };
  return mode === 'verify-full' ? trusted : { ...trusted, checkServerIdentity: () => undefined };
}

function createPoolFigures(pool: PostgresPool): readonly Figure[] {
  return [
    {
      name: 'session_store_connections',
      help: 'Connections to PostgreSQL for sessions: busy with a statement, or idle.',
      type: 'gauge',
      label: 'state',
      read: () => ({ busy: pool.totalCount - pool.idleCount, idle: pool.idleCount }),
    },
    {
      name: 'session_store_waiting',
      help: 'Operations on sessions that wait for a connection to PostgreSQL.',
      type: 'gauge',
      // With an idle connection, an operation waits only for the next turn of the event loop.
      read: () => (pool.idleCount > 0 ? 0 : pool.waitingCount),
    },
  ];
}
