// The proxy before Redis, on a real Redis: harmless while idle, in order whatever its delay, and cut by an order.

import { startRedis } from '@statecraft/infra-dev';
import { Redis } from 'ioredis';
import { expect, it, onTestFinished } from 'vitest';
import { startHelper } from '../src/processes/helper.ts';

async function connectThroughProxy() {
  const redis = await startRedis();
  const proxy = await startHelper('redis-proxy', [String(redis.port)]);
  const client = new Redis(proxy.url, { maxRetriesPerRequest: 1, retryStrategy: () => 20 });
  client.on('error', () => undefined);
  onTestFinished(async () => {
    client.disconnect();
    await proxy.stop();
    await redis.stop();
  });
  return { proxy, client };
}

it('passes everything on, in order, while its delay changes', async () => {
  const { proxy, client } = await connectThroughProxy();
  const answers: Promise<unknown>[] = [];
  for (const delayMs of [0, 30, 0, 10, 0]) {
    await proxy.send({ delayMs, cut: false });
    for (let index = 0; index < 20; index++) answers.push(client.incr('count'));
  }
  expect(await Promise.all(answers)).toEqual(Array.from({ length: 100 }, (_, index) => index + 1));
});

it('delays each direction', async () => {
  const { proxy, client } = await connectThroughProxy();
  await client.ping();
  await proxy.send({ delayMs: 50, cut: false });
  const began = performance.now();
  await client.ping();
  expect(performance.now() - began).toBeGreaterThanOrEqual(99);
});

it('cuts connections and refuses new ones, until the next order', async () => {
  const { proxy, client } = await connectThroughProxy();
  await client.set('kept', 'yes');
  await proxy.send({ delayMs: 0, cut: true });
  await expect(client.get('kept')).rejects.toThrow();
  await proxy.send({ delayMs: 0, cut: false });
  await expect.poll(() => client.get('kept').catch(() => 'no'), { timeout: 20_000 }).toBe('yes');
});
