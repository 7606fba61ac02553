// Which settings of the server are reported to the operator.

import { expect, it } from 'vitest';
import { adviseOnRedis } from '../src/stores/redis.ts';
import { useRedis } from './redis-fixture.ts';

const redis = useRedis();

it('reports nothing on a server that keeps small sessions compact and evicts none', async () => {
  await redis.admin().config('SET', 'hash-max-listpack-value', 1024);
  expect(await adviseOnRedis(redis.admin())).toEqual([]);
});

it.each([
  ['hash-max-listpack-value', '64', '1024'],
  ['maxmemory-policy', 'allkeys-lru', 'noeviction'],
])('reports %s %s, and how to change it', async (setting, wrong, right) => {
  await redis.admin().config('SET', setting, wrong);
  const advice = await adviseOnRedis(redis.admin());
  await redis.admin().config('SET', setting, right);
  expect(advice).toEqual([expect.stringContaining(`${setting} is ${wrong}`)]);
  expect(advice[0]).toContain(`CONFIG SET ${setting} ${right}`);
});

it('reports nothing where CONFIG GET is not allowed', async () => {
  const client = await redis.connect();
  await redis.admin().call('ACL', 'SETUSER', 'default', '-config');
  const advice = await adviseOnRedis(client);
  await redis.admin().call('ACL', 'SETUSER', 'default', '+config');
  expect(advice).toEqual([]);
});
