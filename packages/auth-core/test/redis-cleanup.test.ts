// The cleanup removes the sessions of one prefix.

import { expect, it } from 'vitest';
import { createRedisStore, deleteSessionsByPrefix } from '../src/stores/redis.ts';
import { makeSession, START, useRedis } from './redis-fixture.ts';

const redis = useRedis();

it('deletes the sessions of a prefix and no other key', async () => {
  const client = await redis.connect();
  const clock = () => START;
  const prefix = 's[1]*:';
  const store = createRedisStore({ client, clock, prefix });
  const other = createRedisStore({ client, clock, prefix: `${prefix}x:` });
  await Promise.all(Array.from({ length: 700 }, () => store.create(makeSession(undefined, START))));
  await other.create(makeSession(undefined, START));
  await client.set(`${prefix}settings`, 'not a session');
  await client.set('s1:aaaaaaaaaaaaaaaa', 'another app');
  expect(await deleteSessionsByPrefix(client, prefix)).toBe(700);
  expect(await client.dbsize()).toBe(3);
});

it('refuses an empty prefix', async () => {
  const client = await redis.connect();
  await expect(deleteSessionsByPrefix(client, '')).rejects.toMatchObject({ code: 'ERR_OPTION_INVALID' });
});
