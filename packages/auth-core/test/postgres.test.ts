// What is particular to the PostgreSQL store. packages/store-kit has what every store keeps.

import type { Pool } from 'pg';
import { beforeEach, describe, expect, it } from 'vitest';
import { type NewSession, steadyClock } from '../src/index.ts';
import { createPostgresStore, type PostgresStore } from '../src/stores/postgres.ts';
import { createManualClock, HOUR, makeSuccessorId, newSession } from './fixture.ts';
import { readRows, usePostgres } from './postgres-fixture.ts';

const postgres = usePostgres();
beforeEach(() => postgres.createTables());

/** Statements that each connection of a pool of one has sent, by name. */
const COUNTS = 'SELECT name, generic_plans + custom_plans FROM pg_prepared_statements';

describe('statements', () => {
  it('an authenticated request is one prepared statement', async () => {
    const pool = postgres.openPool({ max: 1 });
    const store = postgres.openStore({}, pool);
    const session = newSession(steadyClock, 'ada');
    await store.create(session);
    for (let time = 0; time < 3; time++) expect(await store.read(session.id)).toEqual({ ...session, version: 1 });
    const counts = Object.fromEntries(await readRows(pool, COUNTS));
    expect(counts).toEqual({ 'read statecraft_sessions': '3', 'createForUser statecraft_sessions': '1' });
  });

  it('list, destroyAll, changeSubject and replaceDetails are one prepared statement each', async () => {
    const pool = postgres.openPool({ max: 1 });
    const store = postgres.openStore({}, pool);
    const session = newSession(steadyClock, 'ada');
    await store.create(session);
    for (let time = 0; time < 2; time++) await store.create(newSession(steadyClock, 'ada'));
    await store.list('ada');
    await store.replaceDetails(session.id, { from: session.details, to: '{"n":1}' });
    await store.changeSubject({ userId: 'ada', username: 'Ada', roles: [] });
    await store.destroyAll('ada');
    const names = ['list', 'replaceDetails', 'changeSubject', 'destroyAll'].map(
      (name) => `${name} statecraft_sessions`,
    );
    const counts = Object.fromEntries(await readRows(pool, COUNTS));
    for (const name of names) expect(counts[name]).toBe('1');
    expect(Object.keys(counts)).toHaveLength(names.length + 1);
  });

  it('touch and replaceDetails write no index: the new version of the row stays in its page', async () => {
    const pool = postgres.openPool({ max: 1 });
    const store = postgres.openStore({}, pool);
    const session = newSession(steadyClock, 'ada');
    await store.create(session);
    for (let ms = 1; ms <= 10; ms++) await store.touch(session.id, session.idleExpiresAt + ms);
    await store.replaceDetails(session.id, { from: session.details, to: '{"n":1}' });
    // Counters leave a connection when it is idle, or when it is told to send them.
    await pool.query('SELECT pg_stat_force_next_flush()');
    const sql = "SELECT n_tup_upd, n_tup_hot_upd FROM pg_stat_user_tables WHERE relname = 'statecraft_sessions'";
    expect(await readRows(pool, sql)).toEqual([['11', '11']]);
  });
});

describe('rotate', () => {
  it('a destroy of the old id that waits for an uncommitted rotate ends the successor', async () => {
    const [admin, pool] = [postgres.openPool(), postgres.openPool()];
    const store = postgres.openStore({}, pool);
    const session = newSession(steadyClock, 'ada');
    const next = makeSuccessorId(session.id);
    await store.create(session);
    const client = await admin.connect();
    await client.query('BEGIN');
    await client.query('UPDATE statecraft_sessions SET id = $2, version = 2 WHERE id = $1', [session.id, next]);
    const destroyed = store.destroy(session.id);
    await waitForLock(admin);
    await client.query('COMMIT');
    client.release();
    await destroyed;
    expect(await store.read(next)).toBeUndefined();
    expect(await store.list('ada')).toEqual([]);
  });

  it('old ids are removed after their minute, by a sweep', async () => {
    const clock = createManualClock();
    const store = postgres.openStore({ clock });
    const session = newSession(clock, 'ada');
    await store.create(session);
    await store.rotate(session.id, makeSuccessorId(session.id));
    const count = async () =>
      (await readRows(postgres.openPool(), 'SELECT count(*) FROM statecraft_sessions_moved'))[0];
    await store.sweep();
    expect(await count()).toEqual(['1']);
    clock.advance(60_000);
    await store.sweep();
    expect(await count()).toEqual(['0']);
  });
});

/** Until a statement of another connection waits for a lock. */
async function waitForLock(pool: ReturnType<typeof postgres.openPool>): Promise<void> {
  const sql = "SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock'";
  while ((await readRows(pool, sql)).length === 0);
}

describe('sweep', () => {
  it('several servers that sweep together remove each session once, in bounded batches', async () => {
    const clock = createManualClock();
    const stores = [1, 2, 3].map(() => postgres.openStore({ clock, sweepBatchSize: 10 }));
    const [store] = stores;
    for (let count = 0; count < 95; count++) await store?.create(newSession(clock));
    const live = newSession(clock, 'ada', { idleExpiresAt: clock() + 2 * HOUR });
    await store?.create(live);
    clock.advance(HOUR);
    const removed = await Promise.all(stores.map((each) => each.sweep()));
    expect(removed.reduce((sum, count) => sum + count)).toBe(95);
    expect(await store?.read(live.id)).toBeDefined();
    expect(await readRows(postgres.openPool(), 'SELECT count(*) FROM statecraft_sessions')).toEqual([['1']]);
  });

  it('a sweep does not wait for a row that is locked, and removes the others', async () => {
    const clock = createManualClock();
    const store = postgres.openStore({ clock });
    const [locked, free] = [newSession(clock), newSession(clock)];
    for (const session of [locked, free]) await store.create(session);
    clock.advance(HOUR);
    const client = await postgres.openPool().connect();
    await client.query('BEGIN');
    await client.query('SELECT 1 FROM statecraft_sessions WHERE id = $1 FOR UPDATE', [locked.id]);
    expect(await store.sweep()).toBe(1);
    await client.query('ROLLBACK');
    client.release();
    expect(await store.sweep()).toBe(1);
  });

  it('a touched session is looked at again when it ends, and removed then', async () => {
    const clock = createManualClock();
    const store = postgres.openStore({ clock });
    const session = newSession(clock);
    await store.create(session);
    await store.touch(session.id, clock() + 2 * HOUR);
    clock.advance(HOUR);
    expect(await store.sweep()).toBe(0);
    const sql = 'SELECT sweep_at FROM statecraft_sessions';
    expect(await readRows(postgres.openPool(), sql)).toEqual([[String(clock() + HOUR)]]);
    clock.advance(HOUR);
    expect(await store.sweep()).toBe(1);
  });

  it('a store sweeps by itself', async () => {
    const clock = createManualClock();
    const store = postgres.openStore({ clock, sweepEveryMs: 5 });
    await store.create(newSession(clock));
    clock.advance(HOUR);
    const pool = postgres.openPool();
    await expect.poll(() => readRows(pool, 'SELECT count(*) FROM statecraft_sessions')).toEqual([['0']]);
  });
});

describe('the clock', () => {
  it("is the server's, to within the round trip", async () => {
    const store = postgres.openStore();
    await store.ready();
    const pool = postgres.openPool();
    const readTime = async () =>
      Number((await readRows(pool, 'SELECT extract(epoch FROM clock_timestamp()) * 1000'))[0]?.[0]);
    const [before, now, after] = [await readTime(), store.clock(), await readTime()];
    expect(now).toBeGreaterThan(before - 50);
    expect(now).toBeLessThan(after + 50);
  });

  it('is not to be called before ready, and the first operation makes it ready', async () => {
    const store = postgres.openStore();
    expect(() => store.clock()).toThrow(expect.objectContaining({ code: 'ERR_STORE_UNAVAILABLE' }));
    expect(await store.list('ada')).toEqual([]);
    expect(store.clock()).toBeGreaterThan(0);
  });
});

describe('options', () => {
  it.each([
    ['no pool', {}, /must be a Pool of pg/],
    ['a pool without limits', { query: () => {}, connect: () => {}, options: {} }, /query_timeout must be a number/],
  ])('%s is refused', (_, pool, message) => {
    const open = () => createPostgresStore({ pool: pool as never });
    expect(open).toThrow(
      expect.objectContaining({ code: 'ERR_OPTION_INVALID', message: expect.stringMatching(message) }),
    );
  });

  it.each([
    [{ table: 'Sessions; DROP TABLE users' }, /name of a table/],
    [{ maxSessionsPerUser: 0 }, /maxSessionsPerUser/],
    [{ sweepEveryMs: -1 }, /sweepEveryMs/],
    [{ sweepBatchSize: 1.5 }, /sweepBatchSize/],
    [{ clock: 7 as never }, /clock must be a function/],
  ])('%o is refused by name', (options, message) => {
    const open = () => postgres.openStore(options);
    expect(open).toThrow(
      expect.objectContaining({ code: 'ERR_OPTION_INVALID', message: expect.stringMatching(message) }),
    );
  });
});

/** A pool that does something once after it has sent a statement of this name, before it gives the answer. */
function openPoolThatActs(name: string, act: () => unknown): Pool {
  const pool = postgres.openPool();
  const send = pool.query.bind(pool) as (...args: unknown[]) => Promise<unknown>;
  let next: (() => unknown) | undefined = act;
  const query = async (...args: [{ name?: string }]) => {
    const answer = await send(...args);
    if (args[0].name === `${name} statecraft_sessions`) {
      const now = next;
      next = undefined;
      await now?.();
    }
    return answer;
  };
  return Object.assign(Object.create(pool), { query });
}

describe('a conditional write to an id that a rotate makes after the write has found nothing', () => {
  it.each<[string, string, (store: PostgresStore, session: NewSession) => unknown]>([
    [
      'update',
      'updated',
      (store, { id, idleExpiresAt }) => store.update(id, { version: 2, data: '{"n":1}', idleExpiresAt }),
    ],
    [
      'replaceDetails',
      'replaced',
      (store, { id, details }) => store.replaceDetails(id, { from: details, to: '{"n":1}' }),
    ],
  ])('%s answers %s', async (name, answer, write) => {
    const session = newSession(steadyClock, 'ada');
    const successor = { ...session, id: makeSuccessorId(session.id) };
    const other = postgres.openStore();
    await other.create(session);
    const pool = openPoolThatActs(name, () => other.rotate(session.id, successor.id));
    expect(await write(postgres.openStore({}, pool), successor)).toBe(answer);
  });
});
