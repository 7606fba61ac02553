// How an operation runs: after the store has been prepared, within its deadline, with its failures named. An operation
// is one statement or a few; all of them share the deadline.

import type { PoolClient } from 'pg';
import type { Clock } from '../../contracts/clock.ts';
import { createServerClock } from '../server/clock.ts';
import { createDeadlines } from '../server/deadlines.ts';
import { createPostgresError } from './failure.ts';
import type { PostgresPool } from './pool.ts';
import { checkSessionTable } from './schema.ts';

export interface Operations {
  readonly clock: Clock;
  /** Reads the server's time and examines the table, once: all calls share one attempt. */
  ready(): Promise<void>;
  /**
   * What `work` answers.
   * @throws ERR_STORE_UNAVAILABLE at the deadline, and as createPostgresError has it
   */
  perform<T>(work: () => Promise<T>): Promise<T>;
  close(): void;
}

export interface OperationsOptions {
  readonly pool: PostgresPool;
  readonly table: string;
  readonly deadlineMs: number;
  /** Instead of the server's time, for tests. */
  readonly clock: Clock | undefined;
}

/**
 * Without listeners, a connection that the server ends would end this process: an idle one (pool), and one in use or
 * about to be used (client). The statement that fails reports it, and the next operation gets another connection. They
 * stay when the store is closed, because the server may end a connection while the pool ends.
 */
function ignoreLostConnections(pool: PostgresPool): void {
  if (!pool.listeners('error').includes(ignore)) pool.on('error', ignore);
  if (!pool.listeners('acquire').includes(ignoreLoss)) pool.on('acquire', ignoreLoss);
}

const guarded = new WeakSet<PoolClient>();

/** From here on the pool does not listen: the error may come before `await pool.connect()` goes on. */
function ignoreLoss(client: PoolClient): void {
  if (guarded.has(client)) return;
  guarded.add(client);
  client.on('error', ignore);
}

function ignore(): void {}

export function createOperations({ pool, table, deadlineMs, clock: given }: OperationsOptions): Operations {
  const deadlines = createDeadlines(deadlineMs, createPostgresError);
  const time = createServerClock(async () => {
    const { rows } = await pool.query<{ ms: string }>('SELECT extract(epoch FROM clock_timestamp()) * 1000 AS ms');
    return Number(rows[0]?.ms);
  });
  let isReady = false;
  let preparing: Promise<void> | undefined;
  // After a failure another server may answer at the same address, with another time.
  let isClockStale = false;

  const noteLostConnection = () => {
    isClockStale = true;
  };
  pool.on('error', noteLostConnection);
  ignoreLostConnections(pool);

  async function prepare(): Promise<void> {
    try {
      await checkSessionTable(pool, table);
      if (given === undefined) await time.set();
      isReady = true;
    } finally {
      preparing = undefined;
    }
  }

  function prepareOnce(): Promise<void> {
    preparing ??= prepare();
    return preparing;
  }

  function setClockAgain(): void {
    isClockStale = false;
    if (given !== undefined) return;
    time.set().catch(() => {
      isClockStale = true;
    });
  }

  function limit<T>(started: Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      const waiting = deadlines.add(() => reject(createPostgresError(new Error('Operation timed out'))));
      started.then(
        (answer) => {
          waiting.expire = undefined;
          if (isClockStale) setClockAgain();
          resolve(answer);
        },
        (error) => {
          waiting.expire = undefined;
          isClockStale = true;
          reject(createPostgresError(error));
        },
      );
    });
  }

  return {
    clock: given ?? time.clock,
    ready: () => (isReady ? Promise.resolve() : limit(prepareOnce())),
    perform: (work) => limit(isReady ? work() : prepareOnce().then(work)),
    close: () => void pool.off('error', noteLostConnection),
  };
}
