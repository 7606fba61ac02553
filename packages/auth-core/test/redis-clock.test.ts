// The store's clock is Redis' time, unless a test gives another one.

import { once } from 'node:events';
import { expect, it, onTestFinished } from 'vitest';
import { createSessionStrategy } from '../src/index.ts';
import { createRedisStore, type RedisStoreOptions } from '../src/stores/redis.ts';
import { countCommands, HOUR, makeId, makeSession, useRedis } from './redis-fixture.ts';

const redis = useRedis();

async function readServerMs(): Promise<number> {
  const [seconds, microseconds] = await redis.admin().time();
  return Number(seconds) * 1_000 + Number(microseconds) / 1_000;
}

/** A client of a server whose clock is ahead. Setting a real one needs root; changing its answer does not. */
async function connectAhead(aheadMs: { value: number }) {
  const client = await redis.connect();
  const time = client.time.bind(client);
  client.time = (async () => {
    const [seconds = 0, microseconds = 0] = await time();
    return [Number(seconds) + aheadMs.value / 1_000, microseconds];
  }) as typeof client.time;
  return client;
}

function openStore(options: RedisStoreOptions) {
  const store = createRedisStore(options);
  onTestFinished(() => void store.close());
  return store;
}

it("the clock follows the server's time within a round trip", async () => {
  const store = openStore({ client: await redis.connect() });
  await store.ready();
  const before = await readServerMs();
  const now = store.clock();
  const after = await readServerMs();
  expect(now).toBeGreaterThanOrEqual(Math.floor(before) - 25);
  expect(now).toBeLessThanOrEqual(Math.ceil(after) + 25);
  expect(Number.isSafeInteger(now)).toBe(true);
});

it("the server's time decides every expiry, not the time of this machine", async () => {
  const store = openStore({ client: await connectAhead({ value: 2 * HOUR }) });
  const session = makeSession('ada', Date.now());
  await store.create(session);
  expect(await store.read(session.id)).toBeUndefined();
});

it('a reconnect sets the clock again', async () => {
  const aheadMs = { value: HOUR };
  const client = await connectAhead(aheadMs);
  const store = openStore({ client });
  await store.ready();
  expect(store.clock() - Date.now()).toBeGreaterThan(HOUR - 1_000);
  aheadMs.value = 2 * HOUR;
  client.disconnect(true);
  await expect.poll(() => store.clock() - Date.now(), { interval: 10 }).toBeGreaterThan(2 * HOUR - 1_000);
});

it('the first operations, ready and issue set the clock together, once', async () => {
  const store = openStore({ client: await redis.connect() });
  const sessions = createSessionStrategy({ store });
  await redis.admin().config('RESETSTAT');
  await Promise.all([store.ready(), store.read(makeId()), store.list('ada'), sessions.issue({ data: '{}' })]);
  await store.ready();
  expect(await countCommands(redis.admin())).toMatchObject({ time: 5 });
});

it('before ready the clock throws, instead of an answer from another clock', async () => {
  const store = openStore({ client: await redis.connect() });
  expect(() => store.clock()).toThrow(expect.objectContaining({ code: 'ERR_STORE_UNAVAILABLE' }));
});

it('without an answer ready throws ERR_STORE_UNAVAILABLE, and tries again the next time', async () => {
  const client = await redis.connect();
  const store = openStore({ client });
  const ended = once(client, 'end');
  client.disconnect();
  await ended;
  await expect(store.ready()).rejects.toMatchObject({ code: 'ERR_STORE_UNAVAILABLE' });
  await expect(store.read(makeId())).rejects.toMatchObject({ code: 'ERR_STORE_UNAVAILABLE' });
  await client.connect();
  await store.ready();
  expect(store.clock()).toBeGreaterThan(0);
});

it('stores that are closed leave no listener on the client', async () => {
  const client = await redis.connect();
  const before = client.listenerCount('ready');
  const store = createRedisStore({ client });
  await store.ready();
  expect(client.listenerCount('ready')).toBe(before + 1);
  await store.close();
  expect(client.listenerCount('ready')).toBe(before);
});

it.each([1_700_000_000_000, 'now', null])('a clock that is %o is refused by name', async (clock) => {
  const options = { client: await redis.connect(), clock } as unknown as RedisStoreOptions;
  const message = 'clock must be a function that answers ms since the epoch.';
  expect(() => createRedisStore(options)).toThrow(expect.objectContaining({ code: 'ERR_OPTION_INVALID', message }));
});

it.each([undefined, {}, { sendCommand() {}, hGet() {}, options: {} }])(
  'a client that is not of ioredis is refused: %o',
  (client) => {
    const options = { client } as unknown as RedisStoreOptions;
    const message = expect.stringContaining('must be a client of ioredis');
    expect(() => createRedisStore(options)).toThrow(expect.objectContaining({ code: 'ERR_OPTION_INVALID', message }));
  },
);
