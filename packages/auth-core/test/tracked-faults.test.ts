// Whoever tells the tracked cache what is written goes away, hangs or is somebody else: then nothing is answered from it.

import { startRedis } from '@statecraft/infra-dev';
import type { Redis } from 'ioredis';
import { expect, it, onTestFinished } from 'vitest';
import { createTrackedStore } from '../src/stores/redis/tracked.ts';
import { createRedisStore, redisClientOptions, redisSubscriberOptions } from '../src/stores/redis.ts';
import { commandCounts, connectTo, firstVersion, START, sessionOf } from './redis-fixture.ts';
import { cache, hit, holdBack, killConnection, openTracked, type Tracked, told, until } from './tracked-fixture.ts';

const UNAVAILABLE = { code: 'ERR_STORE_UNAVAILABLE' };

/** A server of Redis' for each test, a server with the cache that has read a session, and another that writes. */
async function scene(options: Parameters<typeof openTracked>[1] = {}) {
  const server = await startRedis();
  onTestFinished(() => server.stop());
  const admin = await connectTo(server.url);
  onTestFinished(() => admin.disconnect());
  const here = await openTracked(server.url, options);
  const there = createRedisStore({ client: admin, clock: here.clock });
  const session = sessionOf('ada', START);
  await told(here, () => here.store.create(session));
  await cache(here, session.id);
  return { server, admin, here, there, session };
}

/** As before: told again, and answers by itself again. */
async function expectRecovered(here: Tracked): Promise<void> {
  await until(() => here.store.stats().tracking);
  const session = sessionOf('bob', START);
  await told(here, () => here.store.create(session));
  await cache(here, session.id);
  await told(here, () => here.store.destroy(session.id));
  expect(await here.store.read(session.id)).toBeUndefined();
}

async function subscriberId(admin: Redis): Promise<string | undefined> {
  return /\d+(?= addr=\S+ .*sub=1)/.exec(String(await admin.client('LIST')))?.[0];
}

it('the subscriber is killed: nothing is kept and nothing is answered from here until Redis tells again', async () => {
  // It comes back late, so that what was written meanwhile is told to nobody.
  const { admin, here, there, session } = await scene({ connection: { retryStrategy: () => 300 } });
  await killConnection(admin, here.subscriber, await subscriberId(admin));
  expect(here.store.stats()).toMatchObject({ entries: 0, tracking: false });
  expect(await here.store.read(session.id)).toEqual(firstVersion(session));
  expect(here.store.stats()).toMatchObject({ entries: 0, bypassed: 1 });
  await there.destroy(session.id);
  expect(await here.store.read(session.id)).toBeUndefined();
  await expectRecovered(here);
});

it('the connection that reads is lost: nothing is kept, for it may come back to another server', async () => {
  const { admin, here, there, session } = await scene();
  const id = await here.client.client('ID');
  await killConnection(admin, here.client, id);
  expect(here.store.stats()).toMatchObject({ entries: 0, tracking: false });
  await there.destroy(session.id);
  await until(() => here.client.status === 'ready');
  expect(await here.store.read(session.id)).toBeUndefined();
  await expectRecovered(here);
});

it('a read that was under way when the subscriber was lost is not kept', async () => {
  const { admin, here, there, session } = await scene();
  const other = sessionOf('bob', START);
  await told(here, () => there.create(other));
  await admin.config('RESETSTAT');
  const release = holdBack(here.client);
  const late = here.store.read(other.id);
  await until(async () => (await commandCounts(admin)).hget === 1);
  await killConnection(admin, here.subscriber, await subscriberId(admin));
  release();
  expect(await late).toEqual(firstVersion(other));
  expect(here.store.stats().entries).toBe(0);
  await expectRecovered(here);
  expect(await here.store.read(session.id)).toEqual(firstVersion(session));
});

it('Redis is restarted, empty: nothing is answered from before', async () => {
  const { server, here, session } = await scene();
  const lost = new Promise((resolve) => here.subscriber.once('close', resolve));
  await server.restart();
  await lost;
  await until(() => here.client.status === 'ready');
  expect(await here.store.read(session.id)).toBeUndefined();
  await expectRecovered(here);
});

it('Redis hangs: after two heartbeats without an answer nothing is answered from here', async () => {
  const options = { heartbeatMs: 20, connection: redisClientOptions({ deadlineMs: 200 }) };
  const { server, here, session } = await scene(options);
  server.pause();
  // A PING of just before may have been answered; the clock stands, so that no later one counts for more.
  here.monotonic.add(39);
  expect(hit(here, session.id)).toEqual(firstVersion(session));
  here.monotonic.add(1);
  await expect(Promise.resolve(here.store.read(session.id))).rejects.toMatchObject(UNAVAILABLE);
  expect(here.store.stats().bypassed).toBe(1);
  server.resume();
  await expectRecovered(here);
});

it('keeps what it has over a pause in which nothing was lost', async () => {
  const { here, session } = await scene({ heartbeatMs: 20 });
  here.monotonic.add(40);
  // The next answer to a PING comes after all that was told before it.
  await until(() => !(here.store.read(session.id) instanceof Promise));
  expect(here.store.stats().resets).toBe(1);
});

it('the client and the subscriber lead to two servers: refused', async () => {
  const { here } = await scene();
  const other = await startRedis();
  onTestFinished(() => other.stop());
  const subscriber = await connectTo(other.url, redisSubscriberOptions());
  onTestFinished(() => subscriber.disconnect());
  const refused = { ...UNAVAILABLE, message: expect.stringContaining('another server') };
  await expect(createTrackedStore({ client: here.client, subscriber })).rejects.toMatchObject(refused);
});

it('the user may not ask for it: refused, and it says why', async () => {
  const { admin, here } = await scene();
  await admin.call('ACL', 'SETUSER', 'default', '-client|tracking');
  const subscriber = await connectTo(`redis://127.0.0.1:${here.client.options.port}`, redisSubscriberOptions());
  onTestFinished(() => subscriber.disconnect());
  const refused = { ...UNAVAILABLE, message: expect.stringContaining('NOPERM') };
  await expect(createTrackedStore({ client: here.client, subscriber })).rejects.toMatchObject(refused);
});

it('closes nothing that it was given, and answers nothing from here once it is closed', async () => {
  const { here, there, session } = await scene();
  await here.store.close();
  expect(here.client.status).toBe('ready');
  expect(here.subscriber.status).toBe('ready');
  await there.destroy(session.id);
  expect(await here.store.read(session.id)).toBeUndefined();
  expect(here.store.stats().entries).toBe(0);
});
