// The server or the connection that reports writes is lost, hangs or is another one: then the cache is not used.

import { startRedis } from '@statecraft/infra-dev';
import type { Redis } from 'ioredis';
import { expect, it, onTestFinished } from 'vitest';
import { createTrackedStore } from '../src/stores/redis/tracked.ts';
import { createRedisStore, redisClientOptions, redisSubscriberOptions } from '../src/stores/redis.ts';
import { connectTo, countCommands, makeSession, START, toRecord } from './redis-fixture.ts';
import {
  holdAnswers,
  killConnection,
  openTracked,
  readCached,
  type Tracked,
  type TrackedTestOptions,
  waitForReport,
  waitUntil,
  warmCache,
} from './tracked-fixture.ts';

const UNAVAILABLE = { code: 'ERR_STORE_UNAVAILABLE' };

/** A Redis server for each test, a store whose cache holds a session, and another store that writes. */
async function openServers(options: TrackedTestOptions = {}) {
  const server = await startRedis();
  onTestFinished(() => server.stop());
  const admin = await connectTo(server.url);
  onTestFinished(() => admin.disconnect());
  const here = await openTracked(server.url, options);
  const there = createRedisStore({ client: admin, clock: here.clock });
  const session = makeSession('ada', START);
  await waitForReport(here, () => here.store.create(session));
  await warmCache(here, session.id);
  return { server, admin, here, there, session };
}

/** Writes are reported again, and the cache answers again. */
async function expectRecovered(here: Tracked): Promise<void> {
  await waitUntil(() => here.store.stats().tracking);
  const session = makeSession('bob', START);
  await waitForReport(here, () => here.store.create(session));
  await warmCache(here, session.id);
  await waitForReport(here, () => here.store.destroy(session.id));
  expect(await here.store.read(session.id)).toBeUndefined();
}

async function findSubscriberId(admin: Redis): Promise<string | undefined> {
  return /\d+(?= addr=\S+ .*sub=1)/.exec(String(await admin.client('LIST')))?.[0];
}

it('the subscriber is killed: the cache is empty and unused until Redis reports again', async () => {
  // It comes back late, so that what was written meanwhile is not reported.
  const { admin, here, there, session } = await openServers({ connection: { retryStrategy: () => 300 } });
  await killConnection(admin, here.subscriber, await findSubscriberId(admin));
  expect(here.store.stats()).toMatchObject({ entries: 0, tracking: false });
  expect(await here.store.read(session.id)).toEqual(toRecord(session));
  expect(here.store.stats()).toMatchObject({ entries: 0, bypassed: 1 });
  await there.destroy(session.id);
  expect(await here.store.read(session.id)).toBeUndefined();
  await expectRecovered(here);
});

it('the reading connection is lost: the cache is emptied, because the next one may lead to another server', async () => {
  const { admin, here, there, session } = await openServers();
  const id = await here.client.client('ID');
  await killConnection(admin, here.client, id);
  expect(here.store.stats()).toMatchObject({ entries: 0, tracking: false });
  await there.destroy(session.id);
  await waitUntil(() => here.client.status === 'ready');
  expect(await here.store.read(session.id)).toBeUndefined();
  await expectRecovered(here);
});

it('a read that was in flight when the subscriber was lost is not kept', async () => {
  const { admin, here, there, session } = await openServers();
  const other = makeSession('bob', START);
  await waitForReport(here, () => there.create(other));
  await admin.config('RESETSTAT');
  const release = holdAnswers(here.client);
  const late = here.store.read(other.id);
  await waitUntil(async () => (await countCommands(admin)).hget === 1);
  await killConnection(admin, here.subscriber, await findSubscriberId(admin));
  release();
  expect(await late).toEqual(toRecord(other));
  expect(here.store.stats().entries).toBe(0);
  await expectRecovered(here);
  expect(await here.store.read(session.id)).toEqual(toRecord(session));
});

it('Redis is restarted, empty: the cache answers nothing from before', async () => {
  const { server, here, session } = await openServers();
  const lost = new Promise((resolve) => here.subscriber.once('close', resolve));
  await server.restart();
  await lost;
  await waitUntil(() => here.client.status === 'ready');
  expect(await here.store.read(session.id)).toBeUndefined();
  await expectRecovered(here);
});

it('Redis hangs: after two heartbeats without an answer the cache is not used', async () => {
  const options = { heartbeatMs: 20, connection: redisClientOptions({ deadlineMs: 200 }) };
  const { server, here, session } = await openServers(options);
  server.pause();
  // A PING from just before may have been answered. The manual clock does not move, so a later one extends nothing.
  here.monotonic.add(39);
  expect(readCached(here, session.id)).toEqual(toRecord(session));
  here.monotonic.add(1);
  await expect(Promise.resolve(here.store.read(session.id))).rejects.toMatchObject(UNAVAILABLE);
  expect(here.store.stats().bypassed).toBe(1);
  server.resume();
  await expectRecovered(here);
});

it('after a pause in which nothing was lost the cache is used again', async () => {
  const { here, session } = await openServers({ heartbeatMs: 20 });
  here.monotonic.add(40);
  // When the next PING is answered, all earlier reports have arrived.
  await waitUntil(() => !(here.store.read(session.id) instanceof Promise));
  expect(here.store.stats().resets).toBe(1);
});

it('a client and a subscriber of two different servers are refused', async () => {
  const { here } = await openServers();
  const other = await startRedis();
  onTestFinished(() => other.stop());
  const subscriber = await connectTo(other.url, redisSubscriberOptions());
  onTestFinished(() => subscriber.disconnect());
  const refused = { ...UNAVAILABLE, message: expect.stringContaining('another server') };
  await expect(createTrackedStore({ client: here.client, subscriber })).rejects.toMatchObject(refused);
});

it('without the permission for CLIENT TRACKING it is refused, and the message says so', async () => {
  const { admin, here } = await openServers();
  await admin.call('ACL', 'SETUSER', 'default', '-client|tracking');
  const subscriber = await connectTo(`redis://127.0.0.1:${here.client.options.port}`, redisSubscriberOptions());
  onTestFinished(() => subscriber.disconnect());
  const refused = { ...UNAVAILABLE, message: expect.stringContaining('NOPERM') };
  await expect(createTrackedStore({ client: here.client, subscriber })).rejects.toMatchObject(refused);
});

it('close ends neither connection, and the cache is not used afterwards', async () => {
  const { here, there, session } = await openServers();
  await here.store.close();
  expect(here.client.status).toBe('ready');
  expect(here.subscriber.status).toBe('ready');
  await there.destroy(session.id);
  expect(await here.store.read(session.id)).toBeUndefined();
  expect(here.store.stats().entries).toBe(0);
});
