// How the kit opens the PostgreSQL store: two instances with pools of their own, the second one in this process or in
// another. The table is made anew for each check.

import {
  createPostgresStore,
  createSessionTable,
  dropSessionTable,
  type PostgresStoreOptions,
  postgresPoolOptions,
  SESSION_TABLE_DEFAULTS,
  type SessionTableOptions,
} from '@statecraft/auth-core/postgres';
import type { PostgresServer } from '@statecraft/infra-dev';
import { Pool, type PoolClient } from 'pg';
import type { SessionStoreHarness, SyncPoint } from '../../src/index.ts';
import { openStoreProcess } from './store-process.ts';

const LIMITS = { maxSessionsPerUser: 20, maxBytesPerUser: 20 * 200_000 };
/** ms for a statement: long enough that a busy machine is not taken for a server that is down. */
const DEADLINE_MS = 2_000;
const { table } = SESSION_TABLE_DEFAULTS;

interface PostgresHarnessOptions
  extends Pick<SessionStoreHarness, 'lossAfterKill'>,
    Pick<SessionTableOptions, 'unlogged'> {
  /** The second instance is in another process, which has no sync points. */
  readonly twoProcesses?: boolean;
}

export function createPostgresHarness(
  readServer: () => PostgresServer,
  options: PostgresHarnessOptions = {},
): SessionStoreHarness {
  const { unlogged = false, twoProcesses = false, ...stated } = options;
  return {
    ...stated,
    without: ['keyTtls'],
    ...LIMITS,
    deadlineMs: DEADLINE_MS,

    async open({ clock, syncPoints }) {
      const server = readServer();
      const admin = openPool(server.url, 'the kit');
      admin.on('error', () => {});
      await dropSessionTable(admin);
      await createSessionTable(admin, { unlogged });
      const options = { ...LIMITS, sweepEveryMs: 0 };
      const openHere = (number: 0 | 1) => openInstance(server.url, number, syncPoints[number], { ...options, clock });
      const other = { kind: 'postgres', url: server.url, deadlineMs: DEADLINE_MS, options } as const;
      const instances = [
        await openHere(0),
        twoProcesses ? await openStoreProcess(other, clock) : await openHere(1),
      ] as const;
      return {
        stores: [instances[0].store, instances[1].store],
        dump: () => dumpTables(admin),
        size: async () => Number((await admin.query(`SELECT count(*) AS size FROM ${table}`)).rows[0].size),
        corrupt: async (id) =>
          void (await admin.query(`UPDATE ${table} SET profile = left(profile, 5) WHERE id = $1`, [id])),
        async abort(number) {
          const instance = instances[number];
          if ('restart' in instance) return instance.restart();
          const sql = 'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = $1';
          await admin.query(sql, [instance.name]);
        },
        /** For longer than the stores wait for an answer. */
        stall() {
          server.pause();
          setTimeout(() => server.resume(), 1.2 * DEADLINE_MS);
        },
        kill: () => server.kill(),
        restart: () => server.restart(),
        async close() {
          for (const instance of instances) await instance.close();
          await admin.end();
        },
      };
    },
  };
}

async function openInstance(
  url: string,
  number: 0 | 1,
  syncPoint: SyncPoint,
  options: Omit<PostgresStoreOptions, 'pool'>,
) {
  const name = `instance ${number}`;
  const pool = openPool(url, name);
  const store = createPostgresStore({ ...options, pool: holdStatements(pool, syncPoint) });
  await store.ready();
  const close = async () => {
    await store.close();
    await pool.end();
  };
  return { name, store, close };
}

const openPool = (url: string, name: string): Pool =>
  new Pool({ connectionString: url, ...postgresPoolOptions({ deadlineMs: DEADLINE_MS }), application_name: name });

/** The pool reaches the sync point before each statement that it sends, inside a transaction, too. */
function holdStatements(pool: Pool, syncPoint: SyncPoint): Pool {
  const hold = <T extends Pool | PoolClient>(connection: T): T => {
    const send = connection.query.bind(connection) as (...args: unknown[]) => Promise<unknown>;
    const query = async (...args: unknown[]) => {
      await syncPoint.reach();
      return send(...args);
    };
    // Listeners belong to the connection itself: those of an object that inherits from it can get lost.
    const [on, off] = [connection.on.bind(connection), connection.off.bind(connection)];
    return Object.assign(Object.create(connection), { query, on, off });
  };
  const connect = async () => hold(await pool.connect());
  return Object.assign(hold(pool), { connect });
}

async function dumpTables(admin: Pool): Promise<string[]> {
  const { rows } = await admin.query(
    `SELECT t::text AS row FROM ${table} AS t UNION ALL SELECT m::text FROM ${table}_moved AS m`,
  );
  return rows.map(({ row }) => row);
}
