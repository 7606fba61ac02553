// What fails, how it is named, how long it takes, and that the store works again by itself.

import { Pool } from 'pg';
import { beforeEach, describe, expect, it } from 'vitest';
import { type SessionStore, steadyClock } from '../src/index.ts';
import { createPostgresError } from '../src/stores/postgres/failure.ts';
import { createPostgresStore, postgresPoolOptions } from '../src/stores/postgres.ts';
import { createManualClock, HOUR, makeSuccessorId, newSession } from './fixture.ts';
import { type PostgresFixture, readRows, usePostgres } from './postgres-fixture.ts';

const DEADLINE_MS = 300;
/** ms that a busy machine may add. */
const LATE_MS = 1_000;

const postgres = usePostgres();
beforeEach(() => postgres.createTables());

const unavailable = (reason: string) => ({
  code: 'ERR_STORE_UNAVAILABLE',
  message: expect.stringContaining(reason),
});

const openQuick = (options = {}) =>
  postgres.openStore({}, postgres.openPool({ ...postgresPoolOptions({ deadlineMs: DEADLINE_MS }), ...options }));

function listCalls(store: ReturnType<PostgresFixture['openStore']>, id: string): (() => unknown)[] {
  return [
    () => store.read(id),
    () => store.create(newSession(steadyClock, 'ada')),
    () => store.create(newSession(steadyClock)),
    () => store.update(id, { version: 1, data: '{}', idleExpiresAt: steadyClock() + HOUR }),
    () => store.touch(id, steadyClock() + HOUR),
    () => store.rotate(id, makeSuccessorId(id)),
    () => store.destroy(id),
    () => store.list('ada'),
    () => store.destroyAll('ada'),
    () => store.changeSubject({ userId: 'ada', username: 'ada', roles: [] }),
    () => store.replaceDetails(id, { from: '{}', to: '{"n":1}' }),
    () => store.sweep(),
  ];
}

async function expectAllUnavailable(store: ReturnType<PostgresFixture['openStore']>, id: string): Promise<void> {
  const began = performance.now();
  const answers = await Promise.allSettled(listCalls(store, id).map(async (call) => call()));
  expect(performance.now() - began).toBeLessThan(DEADLINE_MS + LATE_MS);
  for (const answer of answers) {
    expect(answer).toMatchObject({ status: 'rejected', reason: { code: 'ERR_STORE_UNAVAILABLE' } });
  }
}

const waitUntilBack = (store: SessionStore, id: string) =>
  expect.poll(async () => (await store.read(id))?.id, { timeout: 10_000 }).toBe(id);

describe('a server that does not answer', () => {
  it('fails every call within the deadline while it is stopped by SIGSTOP, and works again when it goes on', async () => {
    const store = openQuick();
    const session = newSession(steadyClock, 'ada', { absoluteExpiresAt: steadyClock() + 24 * HOUR });
    await store.create(session);
    postgres.server().pause();
    try {
      await expectAllUnavailable(store, newSession(steadyClock).id);
    } finally {
      postgres.server().resume();
    }
    await waitUntilBack(store, session.id);
  });

  it('fails every call within the deadline while it is dead, and works again when it is back', async () => {
    const store = openQuick();
    const session = newSession(steadyClock, 'ada');
    await store.create(session);
    await postgres.server().kill();
    try {
      await expectAllUnavailable(store, session.id);
    } finally {
      await postgres.server().restart();
    }
    await waitUntilBack(store, session.id);
  });

  it('fails a write that waits for a lock at the deadline, and the server ends the statement, too', async () => {
    const admin = postgres.openPool();
    const store = openQuick();
    const session = newSession(steadyClock, 'ada');
    await store.create(session);
    const client = await admin.connect();
    await client.query('BEGIN');
    await client.query('SELECT 1 FROM statecraft_sessions FOR UPDATE');
    await expect(store.touch(session.id, steadyClock() + 2 * HOUR)).rejects.toMatchObject({
      code: 'ERR_STORE_UNAVAILABLE',
    });
    const waiting = () => readRows(admin, "SELECT query FROM pg_stat_activity WHERE wait_event_type = 'Lock'");
    await expect.poll(waiting).toEqual([]);
    await client.query('ROLLBACK');
    client.release();
    expect(await store.read(session.id)).toEqual({ ...session, version: 1 });
  });

  it('fails a call that gets no connection of the pool at the deadline', async () => {
    const pool = postgres.openPool({ ...postgresPoolOptions({ deadlineMs: DEADLINE_MS }), max: 1 });
    const store = postgres.openStore({}, pool);
    await store.ready();
    const taken = await pool.connect();
    await expect(async () => store.list('ada')).rejects.toMatchObject({ code: 'ERR_STORE_UNAVAILABLE' });
    taken.release();
    expect(await store.list('ada')).toEqual([]);
  });
});

describe('a cause is named', () => {
  const openAt = (change: (url: URL) => void) => {
    const url = new URL(postgres.server().url);
    change(url);
    return postgres.openStore({}, postgres.openPool({ connectionString: url.href }));
  };

  it('a wrong password: 28P01, and the password is in no text', async () => {
    const failure = await openAt((url) => {
      url.password = 'hunter2';
    })
      .ready()
      .catch((error) => error);
    expect(failure).toMatchObject(unavailable('28P01: PostgreSQL refuses the user name or the password.'));
    expect(`${failure} ${failure.cause}`).not.toContain('hunter2');
  });

  it('a database that does not exist: 3D000', async () => {
    const store = openAt((url) => {
      url.pathname = '/nowhere';
    });
    await expect(store.ready()).rejects.toMatchObject(unavailable('3D000: the database does not exist.'));
  });

  it('too many connections: 53300', async () => {
    const admin = postgres.openPool();
    const name = 'limited';
    await admin.query(`CREATE ROLE ${name} LOGIN PASSWORD 'pw' CONNECTION LIMIT 0`);
    const store = openAt((url) => {
      url.username = name;
      url.password = 'pw';
    });
    await expect(store.ready()).rejects.toMatchObject(unavailable('53300: the server has too many connections'));
  });

  it('a user without a right to the table: 42501', async () => {
    const admin = postgres.openPool();
    await admin.query("CREATE ROLE reader LOGIN PASSWORD 'pw'");
    const store = openAt((url) => {
      url.username = 'reader';
      url.password = 'pw';
    });
    await store.ready();
    await expect(async () => store.list('ada')).rejects.toMatchObject(unavailable('42501'));
  });

  it('a table that was removed while the store runs: 42P01', async () => {
    const store = postgres.openStore();
    await store.ready();
    await postgres.openPool().query('DROP TABLE statecraft_sessions');
    await expect(async () => store.list('ada')).rejects.toMatchObject(unavailable('42P01'));
  });

  it('a connection that is lost before the create that waits for it goes on ends no process', async () => {
    const pool = postgres.openPool();
    const store = postgres.openStore({}, pool);
    await store.ready();
    const thrown: unknown[] = [];
    pool.once('acquire', (client) => {
      // Runs before `await pool.connect()` goes on. Without a listener, emit throws.
      process.nextTick(() => {
        try {
          client.emit('error', new Error('terminating connection due to administrator command'));
        } catch (error) {
          thrown.push(error);
        }
      });
    });
    await store.create(newSession(steadyClock, 'ada'));
    expect(thrown).toEqual([]);
  });

  it('an operator who ends the connection: 57P01', async () => {
    const admin = postgres.openPool();
    const pool = postgres.openPool({ application_name: 'ended' });
    const store = postgres.openStore({}, pool);
    await store.create(newSession(steadyClock, 'ada'));
    const client = await admin.connect();
    await client.query('BEGIN');
    await client.query('SELECT 1 FROM statecraft_sessions FOR UPDATE');
    const ending = store.destroyAll('ada');
    const refused = expect(ending).rejects.toMatchObject(unavailable('57P01'));
    await expect
      .poll(() => readRows(admin, "SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock'"))
      .toHaveLength(1);
    await admin.query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'ended'");
    await refused;
    await client.query('ROLLBACK');
    client.release();
    expect(await store.destroyAll('ada')).toBe(1);
  });

  it('a full disk: ERR_STORE_FULL with 53100', () => {
    const failure = Object.assign(new Error('could not extend file'), { code: '53100', detail: 'a row' });
    expect(createPostgresError(failure)).toMatchObject({
      code: 'ERR_STORE_FULL',
      message: expect.stringContaining('53100: the disk of the server is full.'),
      cause: expect.not.objectContaining({ detail: expect.anything() }),
    });
  });
});

describe('a server that is read-only', () => {
  const openReadOnly = (clock = createManualClock()) =>
    postgres.openStore({ clock }, postgres.openPool({ options: '-c default_transaction_read_only=on' }));

  it('answers live sessions, and fails every write with 25006', async () => {
    const clock = createManualClock();
    const session = newSession(clock, 'ada');
    await postgres.openStore({ clock }).create(session);
    const store = openReadOnly(clock);
    expect(await store.read(session.id)).toEqual({ ...session, version: 1 });
    expect(await store.list('ada')).toHaveLength(1);
    const later = clock() + 2 * HOUR;
    for (const write of [
      () => store.create(newSession(clock, 'ada')),
      () => store.touch(session.id, later),
      () => store.update(session.id, { version: 1, data: '{}', idleExpiresAt: later }),
      () => store.destroy(session.id),
      () => store.destroyAll('ada'),
    ]) {
      await expect(async () => write()).rejects.toMatchObject(unavailable('25006'));
    }
    expect(await store.read(session.id)).toEqual({ ...session, version: 1 });
  });

  it('answers an expired session as gone, although it cannot be removed', async () => {
    const clock = createManualClock();
    const [session, live] = [newSession(clock, 'ada'), newSession(clock, 'ada', { idleExpiresAt: clock() + 2 * HOUR })];
    for (const each of [session, live]) await postgres.openStore({ clock }).create(each);
    clock.advance(HOUR);
    const store = openReadOnly(clock);
    expect(await store.read(session.id)).toBeUndefined();
    expect((await store.list('ada')).map(({ id }) => id)).toEqual([live.id]);
  });
});

it('no error holds what a row holds', async () => {
  const store = postgres.openStore();
  const session = newSession(steadyClock, 'ada', { data: '{"secret":1}' });
  await store.create(session);
  await postgres.openPool().query('ALTER TABLE statecraft_sessions ADD CHECK (version < 2)');
  const change = { version: 1, data: '{"secret":2}', idleExpiresAt: steadyClock() + HOUR };
  const failure = await Promise.resolve(store.update(session.id, change)).catch((error) => error);
  expect(failure).toMatchObject({ code: 'ERR_STORE_UNAVAILABLE', cause: { code: '23514' } });
  expect(JSON.stringify([failure, { ...failure.cause }, String(failure.cause), failure.cause.stack])).not.toContain(
    'secret',
  );
});

it('leaves a listener on the pool, one for all stores, because a connection may be lost while the pool ends', async () => {
  const pool = new Pool(postgresPoolOptions());
  for (let count = 0; count < 3; count++) await createPostgresStore({ pool }).close();
  expect(() => pool.emit('error', new Error('lost'))).not.toThrow();
  expect(pool.listenerCount('error')).toBe(1);
  await pool.end();
});
