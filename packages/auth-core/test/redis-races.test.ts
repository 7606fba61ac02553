// Two servers, two connections, one session: what each answers when both write at once.

import { expect, it } from 'vitest';
import { mintSuccessorToken, sessionIdOf } from '../src/index.ts';
import { createRedisStore } from '../src/stores/redis.ts';
import { HOUR, handClock, ownRedis, START, sessionOf } from './redis-fixture.ts';

const redis = ownRedis();

async function twoStores() {
  const clock = handClock();
  const stores = [await redis.connect(), await redis.connect()].map((client) => createRedisStore({ client, clock }));
  const [here, there] = stores as [(typeof stores)[0], (typeof stores)[0]];
  return { here, there };
}

const successorOf = (id: string) => sessionIdOf(mintSuccessorToken(id)) ?? '';

it('loses no increment of two servers', async () => {
  const { here, there } = await twoStores();
  const session = sessionOf('ada', START, { data: '0' });
  await here.create(session);
  const increment = async (store: typeof here): Promise<void> => {
    const { version = 0, data = '' } = (await store.read(session.id)) ?? {};
    const change = { version, data: String(Number(data) + 1), idleExpiresAt: START + HOUR };
    if ((await store.update(session.id, change)) === 'conflict') return increment(store);
  };
  await Promise.all(Array.from({ length: 40 }, (_, i) => increment(i % 2 ? here : there)));
  expect(await here.read(session.id)).toMatchObject({ data: '40', version: 41 });
});

it('lets one of two updates of a version through, and one of two rotates', async () => {
  const { here, there } = await twoStores();
  const session = sessionOf('ada', START);
  await here.create(session);
  const change = { version: 1, data: '{}', idleExpiresAt: START + HOUR };
  const updates = await Promise.all([here.update(session.id, change), there.update(session.id, change)]);
  expect(updates.sort()).toEqual(['conflict', 'updated']);
  const rotates = [here, there].map((store) => store.rotate(session.id, successorOf(session.id)));
  expect((await Promise.all(rotates)).sort()).toEqual(['gone', 'rotated']);
  expect(await here.list('ada')).toHaveLength(1);
});

it('revives nothing that was destroyed between the read and the write', async () => {
  const { here, there } = await twoStores();
  const session = sessionOf('ada', START);
  await here.create(session);
  const { version = 0 } = (await here.read(session.id)) ?? {};
  await there.destroy(session.id);
  expect(await here.update(session.id, { version, data: '{}', idleExpiresAt: START + HOUR })).toBe('gone');
  expect(await here.touch(session.id, START + HOUR)).toBe('gone');
  expect(await here.rotate(session.id, successorOf(session.id))).toBe('gone');
  await here.destroy(session.id);
  expect(await redis.admin().dbsize()).toBe(0);
});

it('leaves every session dead or listed when one is created beside destroyAll', async () => {
  const { here, there } = await twoStores();
  for (let round = 0; round < 50; round++) {
    const sessions = [sessionOf('ada', START), sessionOf('ada', START)];
    const [first, second] = sessions as [(typeof sessions)[0], (typeof sessions)[0]];
    await here.create(first);
    await Promise.all([here.create(second), there.destroyAll('ada')]);
    const listed = (await there.list('ada')).map(({ id }) => id);
    const alive = await Promise.all(sessions.map(async ({ id }) => ((await here.read(id)) ? [id] : [])));
    expect(listed).toEqual(alive.flat());
    expect(listed).not.toContain(first.id);
  }
});
