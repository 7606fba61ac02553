// The tracked cache on a real Redis: what it answers by itself, and every way in which that could become wrong, forced.

import { expect, it } from 'vitest';
import { createTrackedStore } from '../src/stores/redis/tracked.ts';
import { createRedisStore, redisSubscriberOptions } from '../src/stores/redis.ts';
import {
  countCommands,
  HOUR,
  makeId,
  makeSession,
  makeSubject,
  makeSuccessorId,
  START,
  toRecord,
  useRedis,
} from './redis-fixture.ts';
import { holdAnswers, openTracked, readCached, waitForReport, waitUntil, warmCache } from './tracked-fixture.ts';

const redis = useRedis();

/** A store with the cache, another store without it, and a session. */
async function openServers(options: Parameters<typeof openTracked>[1] = {}) {
  const here = await openTracked(redis.url(), options);
  const there = createRedisStore({ client: await redis.connect(), clock: here.clock });
  const session = makeSession('ada', START);
  await waitForReport(here, () => here.store.create(session));
  return { here, there, session };
}

it('a cached session is answered without a promise and without a command', async () => {
  const { here, session } = await openServers();
  await warmCache(here, session.id);
  await redis.admin().config('RESETSTAT');
  for (let reads = 0; reads < 100; reads++) expect(readCached(here, session.id)).toEqual(toRecord(session));
  expect(await countCommands(redis.admin())).toEqual({ 'config|resetstat': 1 });
  expect(here.store.stats()).toMatchObject({ hits: 101, misses: 1, bypassed: 0, entries: 1, tracking: true });
});

it('a session that was not found is looked up again', async () => {
  const { here, there, session } = await openServers();
  const later = makeSession('ada', START);
  expect(await here.store.read(later.id)).toBeUndefined();
  await there.create(later);
  expect(await here.store.read(later.id)).toEqual(toRecord(later));
  expect(await here.store.read(session.id)).toEqual(toRecord(session));
});

it.each<[string, (there: ReturnType<typeof createRedisStore>, id: string) => unknown]>([
  ['destroy', (there, id) => there.destroy(id)],
  ['destroyAll', (there) => there.destroyAll('ada')],
  ['rotate', (there, id) => there.rotate(id, makeSuccessorId(id))],
])('a session that another server ended by %s is gone as soon as that is reported', async (_, end) => {
  const { here, there, session } = await openServers();
  await warmCache(here, session.id);
  await waitForReport(here, () => end(there, session.id));
  expect(await here.store.read(session.id)).toBeUndefined();
});

it.each<[string, (there: ReturnType<typeof createRedisStore>, id: string) => unknown, object]>([
  [
    'update',
    (there, id) => there.update(id, { version: 1, data: '{"n":1}', idleExpiresAt: START + HOUR }),
    { version: 2 },
  ],
  ['touch', (there, id) => there.touch(id, START + 2 * HOUR), { idleExpiresAt: START + 2 * HOUR }],
  [
    'replaceDetails',
    (there, id) => there.replaceDetails(id, { from: makeSession('ada', START).details, to: '{"n":1}' }),
    { details: '{"n":1}', version: 1 },
  ],
  ['changeSubject', (there) => there.changeSubject(makeSubject('ada', { roles: [] })), { subject: { roles: [] } }],
])('what another server wrote by %s is answered as soon as it is reported', async (_, write, expected) => {
  const { here, there, session } = await openServers();
  await warmCache(here, session.id);
  await waitForReport(here, () => write(there, session.id));
  expect(await here.store.read(session.id)).toMatchObject(expected);
});

it('a store reads its own writes immediately, before Redis reports them', async () => {
  const { here, session } = await openServers();
  const { store } = here;
  const release = holdAnswers(here.subscriber);
  await warmCache(here, session.id);
  await store.update(session.id, { version: 1, data: '{"n":1}', idleExpiresAt: START + HOUR });
  expect(await store.read(session.id)).toMatchObject({ version: 2, data: '{"n":1}' });
  await store.touch(session.id, START + 2 * HOUR);
  expect(await store.read(session.id)).toMatchObject({ idleExpiresAt: START + 2 * HOUR });
  await store.replaceDetails(session.id, { from: session.details, to: '{"n":1}' });
  expect(await store.read(session.id)).toMatchObject({ details: '{"n":1}' });
  await store.changeSubject(makeSubject('ada', { roles: ['admin'] }));
  expect(await store.read(session.id)).toMatchObject({ subject: { roles: ['admin'] } });
  const next = makeSuccessorId(session.id);
  await store.rotate(session.id, next);
  expect(await store.read(session.id)).toBeUndefined();
  await warmCache(here, next);
  await store.destroyAll('ada', { except: next });
  await warmCache(here, next);
  await store.destroy(next);
  expect(await store.read(next)).toBeUndefined();
  release();
});

it('a store reads its own write also when the outcome of the write is unknown', async () => {
  const { here, session } = await openServers({ connection: { commandTimeout: 50 } });
  const release = holdAnswers(here.subscriber);
  await warmCache(here, session.id);
  const releaseClient = holdAnswers(here.client);
  await expect(here.store.destroy(session.id)).rejects.toMatchObject({ code: 'ERR_STORE_UNAVAILABLE' });
  releaseClient();
  expect(await here.store.read(session.id)).toBeUndefined();
  release();
});

it('a read that a reported write overtook is not kept', async () => {
  const { here, there, session } = await openServers();
  await redis.admin().config('RESETSTAT');
  const release = holdAnswers(here.client);
  const late = here.store.read(session.id);
  // Redis has answered with the old state; the answer has not arrived yet.
  await waitUntil(async () => (await countCommands(redis.admin())).hget === 1);
  await waitForReport(here, () => there.destroy(session.id));
  release();
  expect(await late).toEqual(toRecord(session));
  expect(here.store.stats().entries).toBe(0);
  expect(await here.store.read(session.id)).toBeUndefined();
});

it('a read that began after the write is kept, although one from before it is still in flight', async () => {
  const { here, there, session } = await openServers();
  await redis.admin().config('RESETSTAT');
  const release = holdAnswers(here.client);
  const late = here.store.read(session.id);
  await waitUntil(async () => (await countCommands(redis.admin())).hget === 1);
  await waitForReport(here, () => there.touch(session.id, START + 2 * HOUR));
  const after = here.store.read(session.id);
  release();
  expect(await late).toMatchObject({ idleExpiresAt: START + HOUR });
  expect(await after).toMatchObject({ idleExpiresAt: START + 2 * HOUR });
  expect(readCached(here, session.id)).toMatchObject({ idleExpiresAt: START + 2 * HOUR });
});

it('FLUSHALL empties the cache', async () => {
  const { here, session } = await openServers();
  await warmCache(here, session.id);
  await redis.admin().flushall();
  await waitUntil(() => here.store.stats().entries === 0);
  expect(await here.store.read(session.id)).toBeUndefined();
});

it('a written key of another program drops no session', async () => {
  const { here, session } = await openServers();
  await warmCache(here, session.id);
  await waitForReport(here, () => redis.admin().set('sess:of-another-program', 'x'));
  expect(readCached(here, session.id)).toEqual(toRecord(session));
});

it('a cached session is not answered beyond its expiry', async () => {
  const { here, session } = await openServers();
  await warmCache(here, session.id);
  here.clock.add(HOUR - 1);
  expect(readCached(here, session.id)).toEqual(toRecord(session));
  here.clock.add(1);
  expect(await here.store.read(session.id)).toBeUndefined();
});

it('a session that another server has touched lives on, also before the touch is reported', async () => {
  const { here, there, session } = await openServers();
  const release = holdAnswers(here.subscriber);
  await warmCache(here, session.id);
  await there.touch(session.id, START + 2 * HOUR);
  here.clock.add(HOUR);
  expect(await here.store.read(session.id)).toMatchObject({ idleExpiresAt: START + 2 * HOUR });
  release();
});

it('a session is read again after maxStaleMs, whatever was reported', async () => {
  const { here, there, session } = await openServers({ maxStaleMs: 1_000 });
  const release = holdAnswers(here.subscriber);
  await warmCache(here, session.id);
  await there.destroy(session.id);
  here.monotonic.add(999);
  expect(readCached(here, session.id)).toEqual(toRecord(session));
  here.monotonic.add(1);
  expect(await here.store.read(session.id)).toBeUndefined();
  release();
});

it('cached records are frozen, their subject and roles included', async () => {
  const { here, session } = await openServers();
  await warmCache(here, session.id);
  const record = readCached(here, session.id);
  const parts = [record, record?.subject, record?.subject?.roles];
  expect(parts.map((part) => Object.isFrozen(part))).toEqual([true, true, true]);
});

it('a text that is no session id costs no command', async () => {
  const { here } = await openServers();
  await redis.admin().config('RESETSTAT');
  for (const id of ['', '*', `${makeId()}x`]) expect(await here.store.read(id)).toBeUndefined();
  expect(Object.keys(await countCommands(redis.admin()))).toEqual(['config|resetstat']);
});

it.each([
  [{ protocol: 3 } as const, 'protocol must be 2'],
  [{ autoResubscribe: true }, 'autoResubscribe must be false'],
  [{ enableOfflineQueue: true }, 'enableOfflineQueue must be false'],
])('a subscriber with %o is refused', async (option, message) => {
  const client = await redis.connect();
  const subscriber = await redis.connect({ ...redisSubscriberOptions(), ...option });
  const refused = { code: 'ERR_OPTION_INVALID', message: expect.stringContaining(message) };
  await expect(createTrackedStore({ client, subscriber })).rejects.toMatchObject(refused);
});

it('one connection for both client and subscriber is refused', async () => {
  const client = await redis.connect(redisSubscriberOptions());
  const refused = { code: 'ERR_OPTION_INVALID', message: expect.stringContaining('a connection of its own') };
  await expect(createTrackedStore({ client, subscriber: client })).rejects.toMatchObject(refused);
});

it.each(['maxEntries', 'maxBytes', 'maxStaleMs', 'heartbeatMs'])('%s of 0 is refused', async (name) => {
  await expect(openTracked(redis.url(), { [name]: 0 })).rejects.toMatchObject({
    code: 'ERR_OPTION_INVALID',
    message: `${name} must be a whole number above 0, and is 0.`,
  });
});
