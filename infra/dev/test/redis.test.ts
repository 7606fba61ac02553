import { Redis } from 'ioredis';
import { expect, it } from 'vitest';
import { startRedis } from '../src/index.ts';

it('startRedis starts a Redis that answers, and stop ends it', async () => {
  const server = await startRedis();
  const client = new Redis(server.url);
  client.on('error', () => {});
  try {
    expect(await client.ping()).toBe('PONG');
  } finally {
    client.disconnect();
    await server.stop();
  }
  const second = new Redis(server.url, { retryStrategy: null, maxRetriesPerRequest: 0, lazyConnect: true });
  second.on('error', () => {});
  await expect(second.connect()).rejects.toThrow();
});

it('after a restart, the Redis is empty and has the same port', async () => {
  const server = await startRedis();
  const client = new Redis(server.url, { retryStrategy: () => 20, maxRetriesPerRequest: null });
  client.on('error', () => {});
  try {
    await client.set('kept', 'no');
    await server.restart();
    expect(await client.get('kept')).toBeNull();
  } finally {
    client.disconnect();
    await server.stop();
  }
});
