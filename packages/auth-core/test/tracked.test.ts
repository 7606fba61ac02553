// The tracked cache on a real Redis: what it answers by itself, and every way in which that could be no longer true, forced.

import { expect, it } from 'vitest';
import { mintSuccessorToken, sessionIdOf } from '../src/index.ts';
import { createTrackedStore } from '../src/stores/redis/tracked.ts';
import { createRedisStore, redisSubscriberOptions } from '../src/stores/redis.ts';
import { commandCounts, firstVersion, HOUR, newId, ownRedis, START, sessionOf } from './redis-fixture.ts';
import { cache, hit, holdBack, openTracked, told, until } from './tracked-fixture.ts';

const redis = ownRedis();
const successorOf = (id: string) => sessionIdOf(mintSuccessorToken(id)) ?? '';

/** A server with the cache, another server without, and a session. */
async function scene(options: Parameters<typeof openTracked>[1] = {}) {
  const here = await openTracked(redis.url(), options);
  const there = createRedisStore({ client: await redis.connect(), clock: here.clock });
  const session = sessionOf('ada', START);
  await told(here, () => here.store.create(session));
  return { here, there, session };
}

it('answers what it has read without a promise and without a command', async () => {
  const { here, session } = await scene();
  await cache(here, session.id);
  await redis.admin().config('RESETSTAT');
  for (let reads = 0; reads < 100; reads++) expect(hit(here, session.id)).toEqual(firstVersion(session));
  expect(await commandCounts(redis.admin())).toEqual({ 'config|resetstat': 1 });
  expect(here.store.stats()).toMatchObject({ hits: 101, misses: 1, bypassed: 0, entries: 1, tracking: true });
});

it('does not keep that a session is not there', async () => {
  const { here, there, session } = await scene();
  const later = sessionOf('ada', START);
  expect(await here.store.read(later.id)).toBeUndefined();
  await there.create(later);
  expect(await here.store.read(later.id)).toEqual(firstVersion(later));
  expect(await here.store.read(session.id)).toEqual(firstVersion(session));
});

it.each<[string, (there: ReturnType<typeof createRedisStore>, id: string) => unknown]>([
  ['destroy', (there, id) => there.destroy(id)],
  ['destroyAll', (there) => there.destroyAll('ada')],
  ['rotate', (there, id) => there.rotate(id, successorOf(id))],
])('refuses a session as soon as it was told that another server ended it by %s', async (_, end) => {
  const { here, there, session } = await scene();
  await cache(here, session.id);
  await told(here, () => end(there, session.id));
  expect(await here.store.read(session.id)).toBeUndefined();
});

it.each<[string, (there: ReturnType<typeof createRedisStore>, id: string) => unknown, object]>([
  [
    'update',
    (there, id) => there.update(id, { version: 1, data: '{"n":1}', idleExpiresAt: START + HOUR }),
    { version: 2 },
  ],
  ['touch', (there, id) => there.touch(id, START + 2 * HOUR), { idleExpiresAt: START + 2 * HOUR }],
])('answers what another server wrote by %s as soon as it was told', async (_, write, expected) => {
  const { here, there, session } = await scene();
  await cache(here, session.id);
  await told(here, () => write(there, session.id));
  expect(await here.store.read(session.id)).toMatchObject(expected);
});

it('sees its own writes at once, before Redis tells of them', async () => {
  const { here, session } = await scene();
  const { store } = here;
  const release = holdBack(here.subscriber);
  await cache(here, session.id);
  await store.update(session.id, { version: 1, data: '{"n":1}', idleExpiresAt: START + HOUR });
  expect(await store.read(session.id)).toMatchObject({ version: 2, data: '{"n":1}' });
  await store.touch(session.id, START + 2 * HOUR);
  expect(await store.read(session.id)).toMatchObject({ idleExpiresAt: START + 2 * HOUR });
  const next = successorOf(session.id);
  await store.rotate(session.id, next);
  expect(await store.read(session.id)).toBeUndefined();
  await cache(here, next);
  await store.destroyAll('ada', { except: next });
  await cache(here, next);
  await store.destroy(next);
  expect(await store.read(next)).toBeUndefined();
  release();
});

it('sees its own write also when it never learned what came of it', async () => {
  const { here, session } = await scene({ connection: { commandTimeout: 50 } });
  const release = holdBack(here.subscriber);
  await cache(here, session.id);
  const letGo = holdBack(here.client);
  await expect(here.store.destroy(session.id)).rejects.toMatchObject({ code: 'ERR_STORE_UNAVAILABLE' });
  letGo();
  expect(await here.store.read(session.id)).toBeUndefined();
  release();
});

it('keeps nothing of a read that was under way when it was told of a write', async () => {
  const { here, there, session } = await scene();
  await redis.admin().config('RESETSTAT');
  const release = holdBack(here.client);
  const late = here.store.read(session.id);
  // Redis has answered with the session as it was; the answer does not arrive yet.
  await until(async () => (await commandCounts(redis.admin())).hget === 1);
  await told(here, () => there.destroy(session.id));
  release();
  expect(await late).toEqual(firstVersion(session));
  expect(here.store.stats().entries).toBe(0);
  expect(await here.store.read(session.id)).toBeUndefined();
});

it('keeps a read that began after the write, although one from before it is still under way', async () => {
  const { here, there, session } = await scene();
  await redis.admin().config('RESETSTAT');
  const release = holdBack(here.client);
  const late = here.store.read(session.id);
  await until(async () => (await commandCounts(redis.admin())).hget === 1);
  await told(here, () => there.touch(session.id, START + 2 * HOUR));
  const after = here.store.read(session.id);
  release();
  expect(await late).toMatchObject({ idleExpiresAt: START + HOUR });
  expect(await after).toMatchObject({ idleExpiresAt: START + 2 * HOUR });
  expect(hit(here, session.id)).toMatchObject({ idleExpiresAt: START + 2 * HOUR });
});

it('forgets everything at FLUSHALL', async () => {
  const { here, session } = await scene();
  await cache(here, session.id);
  await redis.admin().flushall();
  await until(() => here.store.stats().entries === 0);
  expect(await here.store.read(session.id)).toBeUndefined();
});

it('leaves the users of other prefixes alone', async () => {
  const { here, session } = await scene();
  await cache(here, session.id);
  await told(here, () => redis.admin().set('sess:of-another-program', 'x'));
  expect(hit(here, session.id)).toEqual(firstVersion(session));
});

it('answers nothing beyond its expiry, whatever it has kept', async () => {
  const { here, session } = await scene();
  await cache(here, session.id);
  here.clock.add(HOUR - 1);
  expect(hit(here, session.id)).toEqual(firstVersion(session));
  here.clock.add(1);
  expect(await here.store.read(session.id)).toBeUndefined();
});

it('does not call a session expired that another server has touched, told or not', async () => {
  const { here, there, session } = await scene();
  const release = holdBack(here.subscriber);
  await cache(here, session.id);
  await there.touch(session.id, START + 2 * HOUR);
  here.clock.add(HOUR);
  expect(await here.store.read(session.id)).toMatchObject({ idleExpiresAt: START + 2 * HOUR });
  release();
});

it('reads a session again after maxStaleMs, told or not', async () => {
  const { here, there, session } = await scene({ maxStaleMs: 1_000 });
  const release = holdBack(here.subscriber);
  await cache(here, session.id);
  await there.destroy(session.id);
  here.monotonic.add(999);
  expect(hit(here, session.id)).toEqual(firstVersion(session));
  here.monotonic.add(1);
  expect(await here.store.read(session.id)).toBeUndefined();
  release();
});

it('hands out records that nobody can change', async () => {
  const { here, session } = await scene();
  await cache(here, session.id);
  expect(Object.isFrozen(hit(here, session.id))).toBe(true);
});

it('asks nobody for an id that nobody made', async () => {
  const { here } = await scene();
  await redis.admin().config('RESETSTAT');
  for (const id of ['', '*', `${newId()}x`]) expect(await here.store.read(id)).toBeUndefined();
  expect(Object.keys(await commandCounts(redis.admin()))).toEqual(['config|resetstat']);
});

it.each([
  [{ protocol: 3 } as const, 'protocol must be 2'],
  [{ autoResubscribe: true }, 'autoResubscribe must be false'],
  [{ enableOfflineQueue: true }, 'enableOfflineQueue must be false'],
])('refuses a subscriber with %o', async (option, message) => {
  const client = await redis.connect();
  const subscriber = await redis.connect({ ...redisSubscriberOptions(), ...option });
  const refused = { code: 'ERR_OPTION_INVALID', message: expect.stringContaining(message) };
  await expect(createTrackedStore({ client, subscriber })).rejects.toMatchObject(refused);
});

it('refuses to listen on the connection that it asks on', async () => {
  const client = await redis.connect(redisSubscriberOptions());
  const refused = { code: 'ERR_OPTION_INVALID', message: expect.stringContaining('a connection of its own') };
  await expect(createTrackedStore({ client, subscriber: client })).rejects.toMatchObject(refused);
});

it.each(['maxEntries', 'maxBytes', 'maxStaleMs', 'heartbeatMs'])('refuses %s of 0', async (name) => {
  await expect(openTracked(redis.url(), { [name]: 0 })).rejects.toMatchObject({
    code: 'ERR_OPTION_INVALID',
    message: `${name} must be a whole number above 0, and is 0.`,
  });
});
