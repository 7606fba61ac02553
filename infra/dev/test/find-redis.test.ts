import { expect, it } from 'vitest';
import { findOrStartRedis, startRedis } from '../src/index.ts';

it('starts a server if REDIS_URL is not set', async () => {
  const found = await findOrStartRedis({ env: {}, allowDocker: false });
  expect(found?.from).toMatch(/redis-server|valkey-server/);
  await found?.stop();
});

it('uses the Redis at REDIS_URL, signs in to it, and leaves it running', async () => {
  const server = await startRedis(['--requirepass', 'a-b@c']);
  try {
    const env = { REDIS_URL: `redis://:a-b%40c@127.0.0.1:${server.port}` };
    for (const _time of [1, 2]) {
      const found = await findOrStartRedis({ env });
      expect(found?.from).toBe('REDIS_URL');
      await found?.stop();
    }
  } finally {
    await server.stop();
  }
});

it('refuses a REDIS_URL that does not answer, with a message that does not contain its password', async () => {
  const server = await startRedis();
  await server.stop();
  const env = { REDIS_URL: `redis://:hunter2@127.0.0.1:${server.port}` };
  const error = await findOrStartRedis({ env }).catch((thrown: Error) => thrown);
  expect(error).toMatchObject({ message: `REDIS_URL is set, but 127.0.0.1:${server.port} does not answer PING.` });
});

it('a machine that has nothing gets no Redis, and one line that names every way', async () => {
  const lines: string[] = [];
  const find = () => undefined;
  expect(await findOrStartRedis({ env: {}, find, say: (line) => void lines.push(line) })).toBeUndefined();
  expect(lines).toEqual([
    'There is no Redis: REDIS_URL is not set; no redis-server or valkey-server is on the PATH; there is no apt-get; ' +
      'there is no brew; there is no docker.',
  ]);
});
