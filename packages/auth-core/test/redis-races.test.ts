// Two servers, two connections, one session: what each answers when both write at the same time.

import { expect, it } from 'vitest';
import { createRedisStore } from '../src/stores/redis.ts';
import { createManualClock, HOUR, makeSession, makeSuccessorId, START, useRedis } from './redis-fixture.ts';

const redis = useRedis();

async function openTwoStores() {
  const clock = createManualClock();
  const stores = [await redis.connect(), await redis.connect()].map((client) => createRedisStore({ client, clock }));
  const [here, there] = stores as [(typeof stores)[0], (typeof stores)[0]];
  return { here, there };
}

it('no increment of two servers is lost', async () => {
  const { here, there } = await openTwoStores();
  const session = makeSession('ada', START, { data: '0' });
  await here.create(session);
  const increment = async (store: typeof here): Promise<void> => {
    const { version = 0, data = '' } = (await store.read(session.id)) ?? {};
    const change = { version, data: String(Number(data) + 1), idleExpiresAt: START + HOUR };
    if ((await store.update(session.id, change)) === 'conflict') return increment(store);
  };
  await Promise.all(Array.from({ length: 40 }, (_, i) => increment(i % 2 ? here : there)));
  expect(await here.read(session.id)).toMatchObject({ data: '40', version: 41 });
});

it('of two updates of a version one succeeds, and of two rotates one', async () => {
  const { here, there } = await openTwoStores();
  const session = makeSession('ada', START);
  await here.create(session);
  const change = { version: 1, data: '{}', idleExpiresAt: START + HOUR };
  const updates = await Promise.all([here.update(session.id, change), there.update(session.id, change)]);
  expect(updates.sort()).toEqual(['conflict', 'updated']);
  const rotates = [here, there].map((store) => store.rotate(session.id, makeSuccessorId(session.id)));
  expect((await Promise.all(rotates)).sort()).toEqual(['gone', 'rotated']);
  expect(await here.list('ada')).toHaveLength(1);
});

it('a session that was destroyed between the read and the write stays destroyed', async () => {
  const { here, there } = await openTwoStores();
  const session = makeSession('ada', START);
  await here.create(session);
  const { version = 0 } = (await here.read(session.id)) ?? {};
  await there.destroy(session.id);
  expect(await here.update(session.id, { version, data: '{}', idleExpiresAt: START + HOUR })).toBe('gone');
  expect(await here.touch(session.id, START + HOUR)).toBe('gone');
  expect(await here.rotate(session.id, makeSuccessorId(session.id))).toBe('gone');
  expect(await here.replaceDetails(session.id, { from: session.details, to: '{"n":1}' })).toBe('gone');
  expect(await here.changeSubject({ userId: 'ada', username: 'Ada', roles: [] })).toBe(0);
  await here.destroy(session.id);
  expect(await redis.admin().dbsize()).toBe(0);
});

it('a session that is created beside destroyAll is either dead or listed', async () => {
  const { here, there } = await openTwoStores();
  for (let round = 0; round < 50; round++) {
    const sessions = [makeSession('ada', START), makeSession('ada', START)];
    const [first, second] = sessions as [(typeof sessions)[0], (typeof sessions)[0]];
    await here.create(first);
    await Promise.all([here.create(second), there.destroyAll('ada')]);
    const listed = (await there.list('ada')).map(({ id }) => id);
    const alive = await Promise.all(sessions.map(async ({ id }) => ((await here.read(id)) ? [id] : [])));
    expect(listed).toEqual(alive.flat());
    expect(listed).not.toContain(first.id);
  }
});
