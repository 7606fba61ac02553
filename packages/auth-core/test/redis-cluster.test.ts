// A real Cluster of one node that owns every slot, and the rule that makes more nodes safe: one key per command.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type RedisServer, startRedis } from '@statecraft/infra-dev';
import { Cluster, type ClusterOptions } from 'ioredis';
import { afterAll, beforeAll, expect, it, onTestFinished, vi } from 'vitest';
import { mintSuccessorToken, sessionIdOf } from '../src/index.ts';
import {
  createRedisClock,
  createRedisStore,
  createTrackedStore,
  deleteSessionsByPrefix,
  redisClusterOptions,
} from '../src/stores/redis.ts';
import { connectTo, firstVersion, HOUR, sessionOf } from './redis-fixture.ts';

let server: RedisServer;
const folder = mkdtempSync(join(tmpdir(), 'redis-cluster-'));

beforeAll(async () => {
  server = await startRedis([
    '--cluster-enabled',
    'yes',
    '--dir',
    folder,
    '--cluster-config-file',
    'nodes.conf',
    '--cluster-announce-ip',
    '127.0.0.1',
  ]);
  const node = await connectTo(server.url);
  await node.cluster('ADDSLOTSRANGE', 0, 16383);
  await vi.waitUntil(async () => /cluster_state:ok/.test(await node.cluster('INFO')), { interval: 20, timeout: 8_000 });
  node.disconnect();
});
afterAll(async () => {
  await server.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** Replies keep their usual shapes, so that the client is the plain `Cluster`. */
type TestClusterOptions = Omit<ClusterOptions, 'redisOptions'> & { redisOptions?: { commandTimeout?: number } };

async function connect(options: TestClusterOptions = {}): Promise<Cluster> {
  const client = new Cluster([server.url], {
    ...redisClusterOptions({ deadlineMs: 800 }),
    ...options,
    lazyConnect: true,
  });
  client.on('error', () => {});
  await client.connect();
  onTestFinished(() => client.disconnect());
  return client;
}

it.each([false, true])('does all it does in a Cluster, with enableAutoPipelining %s', async (enableAutoPipelining) => {
  const client = await connect({ enableAutoPipelining });
  const clock = await createRedisClock(client);
  const store = createRedisStore({ client, clock });
  const now = clock();
  const users = Array.from({ length: 30 }, (_, i) => `user-${i}`);
  for (const user of users) {
    const session = sessionOf(user, now);
    const next = sessionIdOf(mintSuccessorToken(session.id)) ?? '';
    await store.create(session);
    expect(await store.read(session.id)).toEqual(firstVersion(session));
    expect(await store.update(session.id, { version: 1, data: '{}', idleExpiresAt: now + HOUR })).toBe('updated');
    expect(await store.touch(session.id, now + 2 * HOUR)).toBe('touched');
    expect(await store.rotate(session.id, next)).toBe('rotated');
    expect((await store.list(user)).map(({ id }) => id)).toEqual([next]);
  }
  expect(await store.destroyAll('user-0')).toBe(1);
  expect(await deleteSessionsByPrefix(client, 'sess:')).toBe(users.length - 1);
});

it('is refused by the tracked cache, as its client and as its subscriber', async () => {
  const cluster = await connect();
  const node = await connectTo(server.url);
  const refused = { code: 'ERR_OPTION_INVALID', message: expect.stringContaining('not on a Cluster') };
  await expect(createTrackedStore({ client: cluster, subscriber: node })).rejects.toMatchObject(refused);
  await expect(createTrackedStore({ client: node, subscriber: cluster })).rejects.toMatchObject(refused);
});

it('is unavailable with a code while the node is away', async () => {
  const client = await connect();
  const store = createRedisStore({ client });
  const session = sessionOf('ada', Date.now());
  await store.create(session);
  server.pause();
  await expect(store.read(session.id)).rejects.toMatchObject({ code: 'ERR_STORE_UNAVAILABLE' });
  server.resume();
  expect(await store.read(session.id)).toEqual(firstVersion(session));
});

it.each<[TestClusterOptions, string]>([
  [{ retryDelayOnFailover: 100 }, 'retryDelayOnFailover'],
  [{ scaleReads: 'slave' }, 'scaleReads'],
  [{ enableOfflineQueue: true }, 'enableOfflineQueue'],
  [{ redisOptions: {} }, 'commandTimeout'],
])('refuses a Cluster client with %o', async (option, name) => {
  const client = await connect(option);
  const message = expect.stringContaining(name);
  expect(() => createRedisStore({ client })).toThrow(expect.objectContaining({ code: 'ERR_OPTION_INVALID', message }));
});

it('names exactly one key in every command it sends', async () => {
  const client = await connect();
  const node = await connectTo(server.url);
  onTestFinished(() => node.disconnect());
  const monitor = await node.monitor();
  onTestFinished(() => monitor.disconnect());
  const seen: string[][] = [];
  monitor.on('monitor', (_time: string, args: string[], source: string) => {
    if (source !== 'lua') seen.push(args);
  });
  const store = createRedisStore({ client });
  const session = sessionOf('eve', Date.now());
  const next = sessionIdOf(mintSuccessorToken(session.id)) ?? '';
  await store.create(session);
  await store.read(session.id);
  await store.update(session.id, { version: 1, data: '{}', idleExpiresAt: session.idleExpiresAt });
  await store.touch(session.id, session.idleExpiresAt + 1);
  await store.rotate(session.id, next);
  await store.list('eve');
  await store.destroyAll('eve', { except: next });
  await store.destroy(next);
  await client.echo('done');
  await expect.poll(() => seen.some(([command]) => command === 'echo'), { interval: 10 }).toBe(true);
  const ours = seen.filter(([command = '']) => ['hget', 'hdel', 'hgetall', 'evalsha', 'eval'].includes(command));
  expect(ours.length).toBeGreaterThanOrEqual(8);
  for (const command of ours) {
    // Redis itself says which of the words are keys.
    const keys = await node.command('GETKEYS', ...(command as [string]));
    expect(keys).toEqual([`sess:${session.id.slice(0, 16)}`]);
  }
});
