// What a rotate leaves behind in Redis: for a minute the former field says where the session went, for destroy alone.

import { expect, it } from 'vitest';
import { mintSuccessorToken, partitionOf, sessionIdOf } from '../src/index.ts';
import { createRedisStore } from '../src/stores/redis.ts';
import { HOUR, handClock, ownRedis, START, sessionOf } from './redis-fixture.ts';

const redis = ownRedis();
const successorOf = (id: string) => sessionIdOf(mintSuccessorToken(id)) ?? '';
const fields = () => redis.admin().hkeys(`sess:${partitionOf('ada')}`);

async function rotated(rotations = 1) {
  const clock = handClock();
  const store = createRedisStore({ client: await redis.connect(), clock });
  const session = sessionOf('ada', START);
  const ids = [session.id];
  await store.create(session);
  for (let rotation = 0; rotation < rotations; rotation++) {
    ids.push(successorOf(session.id));
    await store.rotate(ids.at(-2) ?? '', ids.at(-1) ?? '');
  }
  return { clock, store, ids, last: ids.at(-1) ?? '' };
}

it('reads, lists and counts the way to a session as nothing', async () => {
  const { store, ids, last } = await rotated(3);
  expect(await fields()).toHaveLength(4);
  expect((await store.list('ada')).map(({ id }) => id)).toEqual([last]);
  for (const id of ids.slice(0, -1)) {
    expect(await store.read(id)).toBeUndefined();
    expect(await store.touch(id, START + 2 * HOUR)).toBe('gone');
    expect(await store.update(id, { version: 1, data: '{}', idleExpiresAt: START + HOUR })).toBe('gone');
    expect(await store.rotate(id, successorOf(id))).toBe('gone');
  }
  expect(await store.destroyAll('ada')).toBe(1);
});

it.each(['first', 'last'] as const)(
  'leaves no key when a session that was rotated thrice ends by its %s id',
  async (which) => {
    const { store, ids, last } = await rotated(3);
    await store.destroy(which === 'first' ? (ids[0] ?? '') : last);
    expect(await store.read(last)).toBeUndefined();
    expect(await redis.admin().dbsize()).toBe(0);
  },
);

it('leaves no key after destroyAll', async () => {
  const { store } = await rotated(3);
  await store.destroyAll('ada');
  expect(await redis.admin().dbsize()).toBe(0);
});

it('keeps the way to the session that destroyAll spares', async () => {
  const { store, ids, last } = await rotated();
  expect(await store.destroyAll('ada', { except: last })).toBe(0);
  await store.destroy(ids[0] ?? '');
  expect(await store.read(last)).toBeUndefined();
});

it('forgets the way after a minute, at the next write', async () => {
  const { clock, store, ids, last } = await rotated();
  clock.add(59_999);
  await store.list('ada');
  await store.create(sessionOf('ada', clock()));
  expect(await fields()).toHaveLength(3);
  clock.add(1);
  await store.create(sessionOf('ada', clock()));
  expect(await fields()).toHaveLength(3);
  await store.destroy(ids[0] ?? '');
  expect(await store.read(last)).toBeDefined();
});

it('lets a new session take the former id of another, and ends only that one by it', async () => {
  const { store, ids, last } = await rotated();
  await store.create(sessionOf('ada', START, { id: ids[0] ?? '' }));
  await store.destroy(ids[0] ?? '');
  expect((await store.list('ada')).map(({ id }) => id)).toEqual([last]);
});
