// PostgreSQL as a session store: any number of servers share the same sessions, and they are as durable as the
// database. A session is a row. A read is one prepared statement; so is every write but create, which takes the user's
// lock first.
//
//   store.ts ── statements.ts (conditional writes in SQL), record.ts (a row), user-sessions.ts, sweeping.ts,
//               query.ts, operations.ts (preparation) ── ../server (PostgreSQL's own time, deadline), failure.ts,
//               schema.ts, pool.ts
//
// Why the row has a key of its own: docs/decisions/0014-sessions-in-postgresql.md.

import type { Clock } from '../../contracts/clock.ts';
import type {
  Closing,
  DetailsChange,
  NewSession,
  Preparing,
  ReplacingDetails,
  SessionChange,
  SessionRecord,
  SessionStore,
  Sweeping,
  UserSessions,
} from '../../contracts/store.ts';
import { AuthError } from '../../errors.ts';
import {
  checkSessionBytes,
  computeMaxSessionBytes,
  createTooLargeError,
  DEFAULT_MAX_BYTES_PER_USER,
} from '../../session-size.ts';
import { isSessionId, PARTITION_LENGTH } from '../../session-token.ts';
import { readErrorCode, UNIQUE_VIOLATION } from './failure.ts';
import { createOperations } from './operations.ts';
import { checkPool, type PostgresPool } from './pool.ts';
import { type Query, runStatement, type Value } from './query.ts';
import { checkText, checkTime, decodeSession, encodeSession, isExpired, type SessionRow } from './record.ts';
import { checkTableName, SESSION_TABLE_DEFAULTS } from './schema.ts';
import { prepareStatements, type Statement } from './statements.ts';
import { createSweeper } from './sweeping.ts';
import { createUserSessions, formatPartitionRange } from './user-sessions.ts';

/** Options of `createPostgresStore`. */
export interface PostgresStoreOptions {
  /** A Pool of pg 8 made with `postgresPoolOptions()`. The store never ends it. */
  readonly pool: PostgresPool;
  /** The table that `createSessionTable` made. Default `statecraft_sessions`. */
  readonly table?: string;
  /** Sessions of one user; beyond it the user's oldest ends as the new one begins (ASVS 7.1.2). Default 100. */
  readonly maxSessionsPerUser?: number;
  /**
   * bytes of data and details of one user's sessions, in UTF-8. Each session may take its share, maxBytesPerUser
   * divided by maxSessionsPerUser; beyond it a write throws ERR_SESSION_DATA_TOO_LARGE. Default 16 MiB.
   */
  readonly maxBytesPerUser?: number;
  /**
   * ms between two sweeps of this server, a quarter more or less at random; 0 for none. Default 60,000. The timer keeps
   * no process alive.
   */
  readonly sweepEveryMs?: number;
  /** Rows that one statement of a sweep looks at. Default 500. */
  readonly sweepBatchSize?: number;
  /** Decides every expiry. Default: the time of the PostgreSQL server. For tests. */
  readonly clock?: Clock | undefined;
}

/** The default options of `createPostgresStore`: times in ms. */
export const POSTGRES_STORE_DEFAULTS = {
  table: SESSION_TABLE_DEFAULTS.table,
  maxSessionsPerUser: 100,
  maxBytesPerUser: DEFAULT_MAX_BYTES_PER_USER,
  sweepEveryMs: 60_000,
  sweepBatchSize: 500,
} as const;

export interface PostgresStore extends SessionStore, UserSessions, ReplacingDetails, Sweeping, Preparing, Closing {
  /** ms within which every method but `sweep` has answered or thrown: the pool's query_timeout. */
  readonly deadlineMs: number;
}

/**
 * A store for any number of servers. It sends nothing before its first operation, which also reads PostgreSQL's time
 * and examines the table.
 * @throws ERR_OPTION_INVALID for what is not a pool of pg, for pool options that would let an operation hang, and for
 * other options that are not valid
 *
 * @example
 * const pool = new Pool({ connectionString: 'postgres://127.0.0.1/app', ...postgresPoolOptions() });
 * await createSessionTable(pool);
 * const store = createPostgresStore({ pool });
 */
export function createPostgresStore(options: PostgresStoreOptions): PostgresStore {
  const { pool, table, sweepEveryMs, sweepBatchSize, ...limits } = { ...POSTGRES_STORE_DEFAULTS, ...options };
  const deadlineMs = checkPool(pool);
  const maxSessionBytes = computeMaxSessionBytes(limits);
  checkOptions({ sweepEveryMs, sweepBatchSize }, options.clock);
  const statements = prepareStatements(checkTableName(table));
  const { perform, clock, ...operations } = createOperations({ pool, table, deadlineMs, clock: options.clock });
  const query: Query = (statement, values) => runStatement(pool, statement, values);
  const isMatched = async (statement: Statement, values: readonly Value[]) =>
    (await query(statement, values)).rowCount > 0;

  async function readLive(id: string): Promise<SessionRecord | undefined> {
    const { rows } = await query<SessionRow>(statements.read, [id]);
    const [row] = rows;
    const session = row && decodeSession(row);
    return session === undefined || !isExpired(session, clock()) ? session : reapThenRead(id);
  }

  /** Removes an expired session before the read answers, so that no clock that is set back revives it. */
  async function reapThenRead(id: string): Promise<SessionRecord | undefined> {
    const now = clock();
    // A server that refuses writes keeps it: it is expired all the same.
    await query(statements.reap, [id, now]).catch(() => undefined);
    const [row] = (await query<SessionRow>(statements.read, [id])).rows;
    const touchedMeanwhile = row && decodeSession(row);
    return touchedMeanwhile === undefined || isExpired(touchedMeanwhile, now) ? undefined : touchedMeanwhile;
  }

  async function answerGone(id: string): Promise<'gone'> {
    await query(statements.reap, [id, clock()]);
    return 'gone';
  }

  /**
   * A write that wrote nothing is explained by one look at the session: gone, changed, or too large. If nothing is wrong
   * any more, because a rotate has made this id between the two, the write is tried again.
   */
  async function writeIfCurrent(change: ConditionalWrite): Promise<'written' | 'conflict' | 'gone'> {
    const { write, explain, id, values, more } = change;
    const common = [id, ...values, maxSessionBytes, clock()];
    if (await isMatched(write, [...common, ...more])) return 'written';
    const [found] = (await query<[isCurrent: boolean, isTooLarge: boolean]>(explain, common)).rows;
    if (found === undefined) return answerGone(id);
    const [isCurrent, isTooLarge] = found;
    if (!isCurrent) return 'conflict';
    if (isTooLarge) throw createTooLargeError(maxSessionBytes);
    return writeIfCurrent(change);
  }

  async function rotateLive(id: string, newId: string): Promise<'rotated' | 'gone'> {
    const rotate = () => isMatched(statements.rotate, [id, newId, clock()]);
    const isRotated = await rotate().catch(async (error) => {
      if (readErrorCode(error) !== UNIQUE_VIOLATION) throw error;
      if (!(await isMatched(statements.reap, [newId, clock()]))) throw new AuthError('ERR_SESSION_EXISTS');
      return rotate();
    });
    return isRotated ? 'rotated' : answerGone(id);
  }

  return {
    deadlineMs,
    clock,
    ready: operations.ready,

    async create(session: NewSession) {
      const { id, subject } = session;
      if (!isSessionId(id, subject?.userId)) throw new AuthError('ERR_SESSION_ID_INVALID');
      checkSessionBytes(session, maxSessionBytes);
      const values = encodeSession(session);
      const others = limits.maxSessionsPerUser - 1;
      const isAdded = await perform(() =>
        subject === undefined
          ? isMatched(statements.create, [...values, clock()])
          : addForUser(pool, statements.createForUser, id, [...values, clock(), ...formatPartitionRange(id), others]),
      );
      if (!isAdded) throw new AuthError('ERR_SESSION_EXISTS');
    },

    read: (id) => (isSessionId(id, undefined) ? perform(() => readLive(id)) : undefined),

    async update(id: string, { version, data, details, idleExpiresAt }: SessionChange) {
      if (!isSessionId(id, undefined)) return 'gone';
      const idle = checkTime('idleExpiresAt', idleExpiresAt);
      const texts = [checkText(data), details === undefined ? null : checkText(details)];
      const { update: write, explainUpdate: explain } = statements;
      return perform(async () => {
        const outcome = await writeIfCurrent({ write, explain, id, values: [version, ...texts], more: [idle] });
        return outcome === 'written' ? 'updated' : outcome;
      });
    },

    async touch(id: string, idleExpiresAt: number) {
      if (!isSessionId(id, undefined)) return 'gone';
      const idle = checkTime('idleExpiresAt', idleExpiresAt);
      return perform(async () =>
        (await isMatched(statements.touch, [id, idle, clock()])) ? 'touched' : answerGone(id),
      );
    },

    async rotate(id: string, newId: string) {
      if (!isSessionId(newId, undefined)) throw new AuthError('ERR_SESSION_ID_INVALID');
      if (!isSessionId(id, undefined)) return 'gone';
      const isSamePartition = newId.slice(0, PARTITION_LENGTH) === id.slice(0, PARTITION_LENGTH);
      if (!isSamePartition) throw new AuthError('ERR_SESSION_ID_INVALID');
      return perform(() => rotateLive(id, newId));
    },

    async destroy(id: string) {
      if (isSessionId(id, undefined)) await perform(() => query(statements.destroy, [id, clock()]));
    },

    ...createUserSessions({ statements, query, perform, clock }),

    async replaceDetails(id: string, { from, to }: DetailsChange) {
      if (!isSessionId(id, undefined)) return 'gone';
      const values = [checkText(from), checkText(to)];
      const { replaceDetails: write, explainDetails: explain } = statements;
      return perform(async () => {
        const outcome = await writeIfCurrent({ write, explain, id, values, more: [] });
        return outcome === 'written' ? 'replaced' : outcome;
      });
    },

    ...createSweeper({ statements, query, perform, clock, sweepEveryMs, batchSize: sweepBatchSize }, operations),
  };
}

interface ConditionalWrite {
  readonly write: Statement;
  /** Gets the values of `write` without `more`. */
  readonly explain: Statement;
  readonly id: string;
  readonly values: readonly Value[];
  readonly more: readonly Value[];
}

/** Of two that create a session of one user, the second one sees the first one's session: otherwise both would stay. */
async function addForUser(
  pool: PostgresPool,
  statement: Statement,
  id: string,
  values: readonly Value[],
): Promise<boolean> {
  const client = await pool.connect();
  try {
    await client.query(`BEGIN; SELECT pg_advisory_xact_lock(${deriveLock(id)})`);
    const { rows } = await runStatement<[string]>(client, statement, values);
    await client.query('COMMIT');
    client.release();
    return rows[0]?.[0] === '1';
  } catch (error) {
    // Closes the connection, and the server rolls back.
    client.release(true);
    throw error;
  }
}

/** The user's lock: the first 64 bits of the partition. */
const deriveLock = (id: string): bigint => Buffer.from(id.slice(0, PARTITION_LENGTH), 'base64url').readBigInt64BE();

function checkOptions(numbers: Record<string, number>, clock: Clock | undefined): void {
  for (const [name, value] of Object.entries(numbers)) {
    const least = name === 'sweepEveryMs' ? 0 : 1;
    if (Number.isSafeInteger(value) && value >= least) continue;
    throw new AuthError('ERR_OPTION_INVALID', `${name} must be a whole number of at least ${least}.`);
  }
  if (clock !== undefined && typeof clock !== 'function') {
    throw new AuthError('ERR_OPTION_INVALID', 'clock must be a function that answers ms since the epoch.');
  }
}
