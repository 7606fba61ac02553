// What a rotate leaves in Redis: for a minute the old field holds a forward to the new one, for destroy alone.

import { expect, it } from 'vitest';
import { createRedisStore } from '../src/stores/redis.ts';
import { createManualClock, formatKey, HOUR, makeSession, makeSuccessorId, START, useRedis } from './redis-fixture.ts';

const redis = useRedis();
const countFields = () => redis.admin().hlen(formatKey('ada'));

async function openRotated(rotations = 1) {
  const clock = createManualClock();
  const store = createRedisStore({ client: await redis.connect(), clock });
  const session = makeSession('ada', START);
  const ids = [session.id];
  await store.create(session);
  for (let rotation = 0; rotation < rotations; rotation++) {
    ids.push(makeSuccessorId(session.id));
    await store.rotate(ids.at(-2) ?? '', ids.at(-1) ?? '');
  }
  return { clock, store, ids, last: ids.at(-1) ?? '' };
}

it('a forward is no session: it is not read, listed, counted or written', async () => {
  const { store, ids, last } = await openRotated(3);
  expect(await countFields()).toBe(4);
  expect((await store.list('ada')).map(({ id }) => id)).toEqual([last]);
  expect(await store.changeSubject({ userId: 'ada', username: 'Ada', roles: [] })).toBe(1);
  for (const id of ids.slice(0, -1)) {
    expect(await store.read(id)).toBeUndefined();
    expect(await store.touch(id, START + 2 * HOUR)).toBe('gone');
    expect(await store.update(id, { version: 1, data: '{}', idleExpiresAt: START + HOUR })).toBe('gone');
    expect(await store.rotate(id, makeSuccessorId(id))).toBe('gone');
    expect(await store.replaceDetails(id, { from: '{}', to: '{"n":1}' })).toBe('gone');
  }
  expect(await store.destroyAll('ada')).toBe(1);
});

it.each(['first', 'last'] as const)(
  'a session that was rotated three times ends by its %s id, and leaves no key',
  async (which) => {
    const { store, ids, last } = await openRotated(3);
    await store.destroy(which === 'first' ? (ids[0] ?? '') : last);
    expect(await store.read(last)).toBeUndefined();
    expect(await redis.admin().dbsize()).toBe(0);
  },
);

it('destroyAll leaves no forward', async () => {
  const { store } = await openRotated(3);
  await store.destroyAll('ada');
  expect(await redis.admin().dbsize()).toBe(0);
});

it('destroyAll keeps the forward to the session that it keeps', async () => {
  const { store, ids, last } = await openRotated();
  expect(await store.destroyAll('ada', { except: last })).toBe(0);
  await store.destroy(ids[0] ?? '');
  expect(await store.read(last)).toBeUndefined();
});

it.each(['create', 'rotate', 'list'] as const)('after a minute %s removes a forward', async (method) => {
  const { clock, store, ids, last } = await openRotated();
  clock.add(59_999);
  await store.list('ada');
  expect(await countFields()).toBe(2);
  clock.add(1);
  if (method === 'create') await store.create(makeSession('ada', clock()));
  if (method === 'rotate') await store.rotate(last, makeSuccessorId(last));
  if (method === 'list') await store.list('ada');
  await store.destroy(ids[0] ?? '');
  expect(await store.list('ada')).toHaveLength(method === 'create' ? 2 : 1);
  expect(await countFields()).toBe(method === 'list' ? 1 : 2);
});

it.each([
  ['ends the session a moment before the minute is over', 59_999, []],
  ['ends nothing when the minute is over', 60_000, [1]],
])('destroy of an old id %s', async (_what, ms, versions) => {
  const { clock, store, ids } = await openRotated();
  clock.add(ms);
  await store.destroy(ids[0] ?? '');
  expect((await store.list('ada')).map(({ version }) => version - 1)).toEqual(versions);
});

it('a new session may take the old id of another one, and destroy ends only the new one by it', async () => {
  const { store, ids, last } = await openRotated();
  await store.create(makeSession('ada', START, { id: ids[0] ?? '' }));
  await store.destroy(ids[0] ?? '');
  expect((await store.list('ada')).map(({ id }) => id)).toEqual([last]);
});
