import { Redis } from 'ioredis';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type BenchRedis, commandsIn, commandsPerRequest, openRedis } from '../src/redis.ts';

let redis: BenchRedis;
let client: Redis;

beforeAll(async () => {
  redis = await openRedis();
  client = new Redis(redis.url);
});
afterAll(async () => {
  client.disconnect();
  await redis.stop();
});

it('counts the commands of others by name, and none of its own', async () => {
  await redis.empty();
  await redis.resetCounts();
  await client.set('a', '1');
  await Promise.all([client.get('a'), client.get('a')]);
  expect(await redis.counts()).toEqual({ set: 1, get: 2 });
});

it('takes the bytes of every key together', async () => {
  await redis.empty();
  await client.set('one', 'x'.repeat(100));
  const one = await redis.bytes();
  await client.set('two', 'x'.repeat(100));
  expect(one).toBeGreaterThan(100);
  expect(await redis.bytes()).toBe(2 * one);
});

it('adds slices up and divides by the requests of all', () => {
  const counts = commandsPerRequest([{ hget: 10 }, { hget: 8, evalsha: 2 }], 10);
  expect(counts).toEqual({ hget: 1.8, evalsha: 0.2 });
  expect(commandsIn(counts)).toBeCloseTo(2, 10);
});
