// The server fails in every way that a test can force: a code within the deadline, never "not there", and recovery by
// itself.

import { setImmediate as nextTurn } from 'node:timers/promises';
import { type RedisServer, startRedis } from '@statecraft/infra-dev';
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { createSessionStrategy } from '../src/index.ts';
import { createStoreError } from '../src/stores/redis/failure.ts';
import { createRedisStore, type RedisStore, redisClientOptions } from '../src/stores/redis.ts';
import {
  connectTo,
  createManualClock,
  HOUR,
  makeId,
  makeSession,
  makeSubject,
  makeSuccessorId,
  START,
  type TestClientOptions,
  toRecord,
} from './redis-fixture.ts';

const DEADLINE_MS = 800;
/** What the event loop of a busy machine may add. */
const LATE_MS = 400;
const UNAVAILABLE = { name: 'AuthError', code: 'ERR_STORE_UNAVAILABLE', cause: expect.any(Error) };

let server: RedisServer;
beforeEach(async () => {
  server = await startRedis();
});
afterEach(async () => {
  server.resume();
  await server.stop();
});

async function openStore(options: TestClientOptions = {}) {
  const client = await connectTo(server.url, { ...redisClientOptions({ deadlineMs: DEADLINE_MS }), ...options });
  onTestFinished(() => client.disconnect());
  return { client, store: createRedisStore({ client, clock: createManualClock() }) };
}

const waitForReady = (client: { once(event: 'ready', done: () => void): unknown }) =>
  new Promise<void>((resolve) => client.once('ready', resolve));

const methods: Record<string, (store: RedisStore, id: string) => unknown> = {
  create: (store) => store.create(makeSession('ada', START)),
  read: (store, id) => store.read(id),
  update: (store, id) => store.update(id, { version: 1, data: '{}', idleExpiresAt: START + HOUR }),
  touch: (store, id) => store.touch(id, START + 2 * HOUR),
  rotate: (store, id) => store.rotate(id, makeSuccessorId(id)),
  destroy: (store, id) => store.destroy(id),
  list: (store) => store.list('ada'),
  destroyAll: (store) => store.destroyAll('ada'),
  changeSubject: (store) => store.changeSubject(makeSubject('ada')),
  replaceDetails: (store, id) => store.replaceDetails(id, { from: makeSession('ada', START).details, to: '{"n":1}' }),
};

async function expectUnavailable(store: RedisStore, method: string, within: number) {
  const asked = performance.now();
  await expect(methods[method]?.(store, makeId('ada'))).rejects.toMatchObject(UNAVAILABLE);
  expect(performance.now() - asked).toBeLessThan(within + LATE_MS);
}

describe.each([false, true])('with enableAutoPipelining %s', (enableAutoPipelining) => {
  it.each(Object.keys(methods))('%s on a dead server is ERR_STORE_UNAVAILABLE immediately', async (method) => {
    const { store, client } = await openStore({ enableAutoPipelining });
    const closed = new Promise((resolve) => client.once('close', resolve));
    await server.kill();
    await closed;
    await expectUnavailable(store, method, 0);
  });

  it('every method on a paused server throws within the deadline, and a later read is old or new', async () => {
    const { store } = await openStore({ enableAutoPipelining });
    const session = makeSession('ada', START);
    await store.create(session);
    server.pause();
    const waiting = Object.keys(methods).filter((method) => !['destroyAll', 'changeSubject'].includes(method));
    await Promise.all(waiting.map((method) => expectUnavailable(store, method, store.deadlineMs)));
    const change = { version: 1, data: '{"new":true}', idleExpiresAt: START + HOUR };
    await expect(store.update(session.id, change)).rejects.toMatchObject(UNAVAILABLE);
    server.resume();
    // Late answers must not reach new questions.
    const other = makeSession('bob', START);
    await store.create(other);
    expect(await store.read(other.id)).toEqual(toRecord(other));
    const after = await store.read(session.id);
    expect([toRecord(session), { ...toRecord(session), data: change.data, version: 2 }]).toContainEqual(after);
  });

  it('a read that waits behind an unanswered batch throws within the deadline', async () => {
    const { store } = await openStore({ enableAutoPipelining });
    server.pause();
    const asked = performance.now();
    const reads = [Promise.resolve(store.read(makeId()))];
    // The first batch leaves at the end of this turn; ioredis holds the next one back until it is answered.
    await nextTurn();
    reads.push(Promise.resolve(store.read(makeId())));
    const outcomes = await Promise.allSettled(reads);
    expect(outcomes).toMatchObject(reads.map(() => ({ status: 'rejected', reason: UNAVAILABLE })));
    expect(performance.now() - asked).toBeLessThan(store.deadlineMs + LATE_MS);
  });

  it('an answer may take more than half of the deadline', async () => {
    const { store, client } = await openStore({ enableAutoPipelining });
    const session = makeSession('ada', START);
    await store.create(session);
    await client.call('CLIENT', 'PAUSE', 0.6 * DEADLINE_MS);
    const asked = performance.now();
    expect(await store.read(session.id)).toEqual(toRecord(session));
    expect(performance.now() - asked).toBeGreaterThan(DEADLINE_MS / 2);
  });

  it('a server that is killed in the middle of commands fails them all, and none is sent again', async () => {
    const { store, client } = await openStore({ enableAutoPipelining });
    server.pause();
    const creates = Array.from({ length: 20 }, () => store.create(makeSession('ada', START)));
    const outcomes = Promise.allSettled(creates);
    const back = waitForReady(client);
    await server.restart();
    expect((await outcomes).map((outcome) => outcome.status)).toEqual(creates.map(() => 'rejected'));
    await back;
    expect(await client.dbsize()).toBe(0);
  });

  it('the store works again by itself when the server is back, scripts included', async () => {
    const { store, client } = await openStore({ enableAutoPipelining });
    await store.create(makeSession('ada', START));
    await server.kill();
    await expectUnavailable(store, 'read', store.deadlineMs);
    const back = waitForReady(client);
    await server.restart();
    await back;
    const session = makeSession('ada', START);
    await store.create(session);
    expect(await store.read(session.id)).toEqual(toRecord(session));
  });

  it('a script that the server has lost is sent again, and runs once', async () => {
    const { store, client } = await openStore({ enableAutoPipelining });
    const session = makeSession('ada', START);
    await store.create(session);
    await store.update(session.id, { version: 1, data: '{"n":1}', idleExpiresAt: START + HOUR });
    await client.script('FLUSH');
    expect(await store.update(session.id, { version: 2, data: '{"n":2}', idleExpiresAt: START + HOUR })).toBe(
      'updated',
    );
    expect(await store.read(session.id)).toMatchObject({ version: 3, data: '{"n":2}' });
  });
});

it('a sign-in that timed out leaves no session when the server answers again', async () => {
  const { store } = await openStore();
  const sessions = createSessionStrategy({ store });
  const kept = await sessions.issue({ subject: makeSubject('ada'), data: '{}' });
  server.pause();
  const late = sessions.issue({ subject: makeSubject('ada'), data: '{}', replaces: makeId('ada') });
  await expect(late).rejects.toMatchObject(UNAVAILABLE);
  server.resume();
  // The commands of a connection run in their order: those of the sign-in are done when this one is answered.
  await store.create(makeSession('bob', START));
  expect(await store.list('ada')).toEqual([kept.session]);
});

it('a connection that stays silent is replaced, so that commands do not pile up, and none is sent again', async () => {
  const { store, client } = await openStore({ ...redisClientOptions({ deadlineMs: 100 }) });
  const closed = new Promise((resolve) => client.once('close', resolve));
  server.pause();
  const creates = Array.from({ length: 20 }, () => store.create(makeSession('ada', START)));
  const outcomes = await Promise.allSettled(creates);
  expect(outcomes.every(({ status }) => status === 'rejected')).toBe(true);
  await closed;
  await expectUnavailable(store, 'create', 0);
  const back = waitForReady(client);
  server.resume();
  await back;
  // The server may have run those that it had received: each at most once.
  expect((await store.list('ada')).length).toBeLessThanOrEqual(creates.length);
  const session = makeSession('bob', START);
  await store.create(session);
  expect(await store.read(session.id)).toEqual(toRecord(session));
});

it('a client with a commandTimeout of its own works, and its time is the deadline', async () => {
  const { store } = await openStore({ commandTimeout: 300, socketTimeout: undefined });
  const session = makeSession('ada', START);
  await store.create(session);
  server.pause();
  for (const method of ['read', 'update', 'destroy']) await expectUnavailable(store, method, 300);
  server.resume();
  expect(await store.list('ada')).toHaveLength(1);
});

it('a write on a connection that is cut happens once or not at all, and is not repeated', async () => {
  const { store, client } = await openStore();
  const admin = await connectTo(server.url);
  onTestFinished(() => admin.disconnect());
  const session = makeSession('ada', START);
  await store.create(session);
  const back = waitForReady(client);
  const update = store.update(session.id, { version: 1, data: '{"n":1}', idleExpiresAt: START + HOUR });
  client.disconnect(true);
  await expect(update).rejects.toMatchObject(UNAVAILABLE);
  await back;
  expect([1, 2]).toContain((await store.read(session.id))?.version);
});

it.each([
  ['READONLY', 'create', 'ERR_STORE_UNAVAILABLE', ['replicaof', '127.0.0.1', '1']],
  ['OOM', 'create', 'ERR_STORE_FULL', ['config', 'set', 'maxmemory', '1']],
  ['OOM', 'changeSubject', 'ERR_STORE_FULL', ['config', 'set', 'maxmemory', '1']],
  ['OOM', 'replaceDetails', 'ERR_STORE_FULL', ['config', 'set', 'maxmemory', '1']],
  ['NOPERM', 'read', 'ERR_STORE_UNAVAILABLE', ['acl', 'setuser', 'default', '-hget']],
] as const)('%s at %s is %s, and the message and the cause name it', async (text, method, code, [command, ...args]) => {
  const { store, client } = await openStore();
  const session = makeSession('ada', START);
  await store.create(session);
  await client.call(command, ...args);
  const call = Promise.resolve(methods[method]?.(store, session.id));
  const named = expect.stringContaining(text);
  await expect(call).rejects.toMatchObject({ name: 'AuthError', code, message: named, cause: { message: named } });
});

it.each([
  'MISCONF Redis is configured to save RDB snapshots, but it is currently unable to persist to disk.',
  'LOADING Redis is loading the dataset in memory',
  'NOAUTH Authentication required.',
  'MOVED 3999 127.0.0.1:6381',
  "ERR Error running script (call to f_0): @user_script:55: -READONLY You can't write against a read only replica.",
])('the message of the error names the code of: %s', (text) => {
  const [code = ''] = /MISCONF|LOADING|NOAUTH|MOVED|READONLY/.exec(text) ?? [];
  const error = createStoreError(new Error(text));
  expect(error).toMatchObject({ code: 'ERR_STORE_UNAVAILABLE', cause: { message: text } });
  expect(error.message).toContain(`${code}: `);
});

it('out of memory, a rotate does not happen by half, and destroy still works', async () => {
  const { store, client } = await openStore();
  const session = makeSession('ada', START);
  await store.create(session);
  await client.config('SET', 'maxmemory', '1');
  const rotate = store.rotate(session.id, makeSuccessorId(session.id));
  await expect(rotate).rejects.toMatchObject({ code: 'ERR_STORE_FULL' });
  expect(await store.list('ada')).toEqual([toRecord(session)]);
  await store.destroy(session.id);
  expect(await store.read(session.id)).toBeUndefined();
});

it('out of memory, changeSubject changes no session', async () => {
  const { store, client } = await openStore();
  const sessions = [2, 1].map((age) => makeSession('ada', START - age));
  for (const session of sessions) await store.create(session);
  await client.config('SET', 'maxmemory', '1');
  const change = store.changeSubject(makeSubject('ada', { roles: ['admin'] }));
  await expect(change).rejects.toMatchObject({ code: 'ERR_STORE_FULL' });
  expect(await store.list('ada')).toEqual(sessions.map(toRecord));
});
