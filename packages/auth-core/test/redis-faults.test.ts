// The server fails in every way that can be had here: a code within the deadline, never "not there", and back by itself.

import { type RedisServer, startRedis } from '@statecraft/infra-dev';
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import type { SessionStore, UserSessions } from '../src/index.ts';
import { mintSuccessorToken, sessionIdOf } from '../src/index.ts';
import { createRedisStore, redisClientOptions } from '../src/stores/redis.ts';
import {
  connectTo,
  firstVersion,
  HOUR,
  handClock,
  newId,
  START,
  sessionOf,
  type TestClientOptions,
} from './redis-fixture.ts';

const DEADLINE_MS = 800;
/** What the event loop of a busy test machine may add. */
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

async function newStore(options: TestClientOptions = {}) {
  const client = await connectTo(server.url, { ...redisClientOptions({ deadlineMs: DEADLINE_MS }), ...options });
  onTestFinished(() => client.disconnect());
  return { client, store: createRedisStore({ client, clock: handClock() }) };
}

const ready = (client: { once(event: 'ready', done: () => void): unknown }) =>
  new Promise<void>((resolve) => client.once('ready', resolve));

const methods: Record<string, (store: SessionStore & UserSessions, id: string) => unknown> = {
  create: (store) => store.create(sessionOf('ada', START)),
  read: (store, id) => store.read(id),
  update: (store, id) => store.update(id, { version: 1, data: '{}', idleExpiresAt: START + HOUR }),
  touch: (store, id) => store.touch(id, START + 2 * HOUR),
  rotate: (store, id) => store.rotate(id, sessionIdOf(mintSuccessorToken(id)) ?? ''),
  destroy: (store, id) => store.destroy(id),
  list: (store) => store.list('ada'),
  destroyAll: (store) => store.destroyAll('ada'),
};

async function expectUnavailable(store: SessionStore & UserSessions, method: string, within: number) {
  const asked = performance.now();
  await expect(methods[method]?.(store, newId('ada'))).rejects.toMatchObject(UNAVAILABLE);
  expect(performance.now() - asked).toBeLessThan(within + LATE_MS);
}

describe.each([false, true])('with enableAutoPipelining %s', (enableAutoPipelining) => {
  it.each(Object.keys(methods))('%s of a dead server is ERR_STORE_UNAVAILABLE, at once', async (method) => {
    const { store, client } = await newStore({ enableAutoPipelining });
    const closed = new Promise((resolve) => client.once('close', resolve));
    await server.kill();
    await closed;
    await expectUnavailable(store, method, 0);
  });

  it('every method of a paused server throws within the deadline, and what comes later is old or new', async () => {
    const { store } = await newStore({ enableAutoPipelining });
    const session = sessionOf('ada', START);
    await store.create(session);
    server.pause();
    const waiting = Object.keys(methods).filter((method) => method !== 'destroyAll');
    await Promise.all(waiting.map((method) => expectUnavailable(store, method, store.deadlineMs)));
    const change = { version: 1, data: '{"new":true}', idleExpiresAt: START + HOUR };
    await expect(store.update(session.id, change)).rejects.toMatchObject(UNAVAILABLE);
    server.resume();
    // Answers of before must not reach the questions of now.
    const other = sessionOf('bob', START);
    await store.create(other);
    expect(await store.read(other.id)).toEqual(firstVersion(other));
    const after = await store.read(session.id);
    expect([firstVersion(session), { ...firstVersion(session), data: change.data, version: 2 }]).toContainEqual(after);
  });

  it.each([0, 1])(
    'read %i of two in a turn, held back on its way, throws within the deadline; the other is answered',
    async (held) => {
      const { store, client } = await newStore({ enableAutoPipelining });
      const session = sessionOf('ada', START);
      await store.create(session);
      const send = client.sendCommand.bind(client);
      let reads = 0;
      client.sendCommand = (command, stream) =>
        command.name === 'hget' && reads++ === held ? command.promise : send(command, stream);
      const asked = performance.now();
      const answers = await Promise.allSettled([store.read(session.id), store.read(session.id)]);
      expect(answers[1 - held]).toEqual({ status: 'fulfilled', value: firstVersion(session) });
      expect(answers[held]).toMatchObject({ status: 'rejected', reason: UNAVAILABLE });
      expect(performance.now() - asked).toBeLessThan(store.deadlineMs + LATE_MS);
    },
  );

  it('a server killed in the middle of commands fails them at once, and none is sent again', async () => {
    const { store, client } = await newStore({ enableAutoPipelining });
    server.pause();
    const creates = Array.from({ length: 20 }, () => store.create(sessionOf('ada', START)));
    const outcomes = Promise.allSettled(creates);
    const back = ready(client);
    await server.restart();
    expect((await outcomes).map((outcome) => outcome.status)).toEqual(creates.map(() => 'rejected'));
    await back;
    expect(await client.dbsize()).toBe(0);
  });

  it('works again by itself when the server is back, scripts included', async () => {
    const { store, client } = await newStore({ enableAutoPipelining });
    await store.create(sessionOf('ada', START));
    await server.kill();
    await expectUnavailable(store, 'read', store.deadlineMs);
    const back = ready(client);
    await server.restart();
    await back;
    const session = sessionOf('ada', START);
    await store.create(session);
    expect(await store.read(session.id)).toEqual(firstVersion(session));
  });

  it('reloads a script that the server forgot, and runs it once', async () => {
    const { store, client } = await newStore({ enableAutoPipelining });
    const session = sessionOf('ada', START);
    await store.create(session);
    await store.update(session.id, { version: 1, data: '{"n":1}', idleExpiresAt: START + HOUR });
    await client.script('FLUSH');
    expect(await store.update(session.id, { version: 2, data: '{"n":2}', idleExpiresAt: START + HOUR })).toBe(
      'updated',
    );
    expect(await store.read(session.id)).toMatchObject({ version: 3, data: '{"n":2}' });
  });
});

it('a connection cut under a command is unknown, not repeated: the write is there once or not at all', async () => {
  const { store, client } = await newStore();
  const admin = await connectTo(server.url);
  onTestFinished(() => admin.disconnect());
  const session = sessionOf('ada', START);
  await store.create(session);
  const back = ready(client);
  const update = store.update(session.id, { version: 1, data: '{"n":1}', idleExpiresAt: START + HOUR });
  client.disconnect(true);
  await expect(update).rejects.toMatchObject(UNAVAILABLE);
  await back;
  expect([1, 2]).toContain((await store.read(session.id))?.version);
});

it.each([
  ['READONLY', 'create', ['replicaof', '127.0.0.1', '1']],
  ['OOM', 'create', ['config', 'set', 'maxmemory', '1']],
  ['NOPERM', 'read', ['acl', 'setuser', 'default', '-hget']],
] as const)('%s is ERR_STORE_UNAVAILABLE, and says so in the cause', async (text, method, [command, ...args]) => {
  const { store, client } = await newStore();
  const session = sessionOf('ada', START);
  await store.create(session);
  await client.call(command, ...args);
  const call = Promise.resolve(methods[method]?.(store, session.id));
  await expect(call).rejects.toMatchObject({ ...UNAVAILABLE, cause: { message: expect.stringContaining(text) } });
});

it('out of memory, a rotation did not happen by half', async () => {
  const { store, client } = await newStore();
  const session = sessionOf('ada', START);
  await store.create(session);
  await client.config('SET', 'maxmemory', '1');
  await expect(store.rotate(session.id, sessionIdOf(mintSuccessorToken(session.id)) ?? '')).rejects.toMatchObject(
    UNAVAILABLE,
  );
  expect(await store.list('ada')).toEqual([firstVersion(session)]);
  await store.destroy(session.id);
  expect(await store.read(session.id)).toBeUndefined();
});
