// Counts failures in the database of the users, for all servers together. The database's own clock decides.
//
//   failed_attempts:  key | empty_at (ms since the epoch)

import { type RawBuilder, sql } from 'kysely';
import type { Database } from '../database/database.ts';
import { computeDrainMs, type FailureCounts, type Limit } from './failure-counts.ts';

/** Rows whose buckets are empty go once in this time, ms, as part of an `add`. */
const SWEEP_MS = 60_000;
/** Rows of one sweep. */
const SWEEP_ROWS = 1_000;

/** ms since the epoch, the same in all parts of a statement. */
const NOW: Readonly<Record<Database['kind'], RawBuilder<number>>> = {
  sqlite: sql`(unixepoch('now', 'subsec') * 1000)`,
  postgres: sql`(extract(epoch from statement_timestamp()) * 1000)::double precision`,
};

export function createSqlCounts({ kind, db, run }: Database): FailureCounts {
  const now = NOW[kind];
  let sweepAt = performance.now() + SWEEP_MS;

  async function read(key: string): Promise<number> {
    const select = db.selectFrom('failed_attempts').select(sql<number>`empty_at - ${now}`.as('ms'));
    const row = await run(() => select.where('key', '=', key).executeTakeFirst());
    return Math.max(0, row?.ms ?? 0);
  }

  /** Returns the ms until the bucket is empty with the new failure; undefined if it has no room for it. */
  async function insert(key: string, limit: Limit): Promise<number | undefined> {
    const drainMs = computeDrainMs(limit);
    const least = sql<number>`case when failed_attempts.empty_at > ${now} then failed_attempts.empty_at else ${now} end`;
    const row = await run(() =>
      db
        .insertInto('failed_attempts')
        .values({ key, empty_at: sql`${now} + ${drainMs}` })
        .onConflict((conflict) =>
          conflict
            .column('key')
            .doUpdateSet({ empty_at: sql`${least} + ${drainMs}` })
            .where(sql<boolean>`failed_attempts.empty_at + ${drainMs} - ${now} <= ${limit.windowMs}`),
        )
        .returning(sql<number>`empty_at - ${now}`.as('ms'))
        .executeTakeFirst(),
    );
    return row?.ms;
  }

  /** Other servers sweep as well: rows that one of them has deleted are not found. */
  async function sweep(): Promise<void> {
    if (performance.now() < sweepAt) return;
    sweepAt = performance.now() + SWEEP_MS;
    const empty = db.selectFrom('failed_attempts').select('key').where('empty_at', '<=', now).limit(SWEEP_ROWS);
    await run(() => db.deleteFrom('failed_attempts').where('key', 'in', empty).where('empty_at', '<=', now).execute());
  }

  return {
    read,

    async add(key, limit) {
      const after = await insert(key, limit);
      await sweep();
      if (after !== undefined) return Math.max(0, after - computeDrainMs(limit));
      // It may have drained a little since: the answer must still say that there was no room.
      return Math.max(await read(key), limit.windowMs - computeDrainMs(limit) + 1);
    },

    async remove(key) {
      await run(() => db.deleteFrom('failed_attempts').where('key', '=', key).execute());
    },
  };
}
