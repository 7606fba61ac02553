// The shared clock, and the cleanup of a prefix.

import { expect, it } from 'vitest';
import { createRedisClock, createRedisStore, deleteSessionsByPrefix } from '../src/stores/redis.ts';
import { ownRedis, START, sessionOf } from './redis-fixture.ts';

const redis = ownRedis();

async function serverMs(): Promise<number> {
  const [seconds, microseconds] = await redis.admin().time();
  return Number(seconds) * 1_000 + Number(microseconds) / 1_000;
}

it("follows the server's time, within a round trip", async () => {
  const clock = await createRedisClock(await redis.connect());
  const before = await serverMs();
  const ours = clock();
  const after = await serverMs();
  expect(ours).toBeGreaterThanOrEqual(Math.floor(before) - 25);
  expect(ours).toBeLessThanOrEqual(Math.ceil(after) + 25);
  expect(Number.isSafeInteger(ours)).toBe(true);
});

it("takes the server's word against this machine's wall clock, and again after a reconnect", async () => {
  const client = await redis.connect();
  let aheadMs = 3_600_000;
  const time = client.time.bind(client);
  // A server whose clock is an hour ahead cannot be had without root; its answer can.
  client.time = (async () => {
    const [seconds = 0, microseconds = 0] = await time();
    return [Number(seconds) + aheadMs / 1_000, microseconds];
  }) as typeof client.time;
  const clock = await createRedisClock(client);
  expect(clock() - Date.now()).toBeGreaterThan(3_599_000);
  aheadMs = 7_200_000;
  client.disconnect(true);
  await expect.poll(() => clock() - Date.now(), { interval: 10 }).toBeGreaterThan(7_199_000);
});

it('throws ERR_STORE_UNAVAILABLE when nobody answers', async () => {
  const client = await redis.connect();
  client.disconnect();
  await expect(createRedisClock(client)).rejects.toMatchObject({ code: 'ERR_STORE_UNAVAILABLE' });
});

it('deletes the sessions of a prefix and nothing else', async () => {
  const client = await redis.connect();
  const clock = () => START;
  const prefix = 's[1]*:';
  const ours = createRedisStore({ client, clock, prefix });
  const others = createRedisStore({ client, clock, prefix: `${prefix}x:` });
  for (let i = 0; i < 700; i++) await ours.create(sessionOf(undefined, START));
  await others.create(sessionOf(undefined, START));
  await client.set(`${prefix}settings`, 'not a session');
  await client.set('s1:aaaaaaaaaaaaaaaa', 'another app');
  expect(await deleteSessionsByPrefix(client, prefix)).toBe(700);
  expect(await client.dbsize()).toBe(3);
});

it('refuses to delete by an empty prefix', async () => {
  const client = await redis.connect();
  await expect(deleteSessionsByPrefix(client, '')).rejects.toMatchObject({ code: 'ERR_OPTION_INVALID' });
});
