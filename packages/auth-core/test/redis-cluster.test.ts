// A real Cluster of one node that owns every slot, and the rule that makes more nodes safe: one key for each command.
// More nodes: redis-cluster-nodes.test.ts.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type RedisServer, startRedis } from '@statecraft/infra-dev';
import { Cluster, type ClusterOptions } from 'ioredis';
import { afterAll, beforeAll, expect, it, onTestFinished, vi } from 'vitest';
import {
  createRedisStore,
  createTrackedStore,
  deleteSessionsByPrefix,
  redisClusterOptions,
} from '../src/stores/redis.ts';
import { connectTo, HOUR, makeSession, makeSubject, makeSuccessorId, toRecord } from './redis-fixture.ts';

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
    ...redisClusterOptions({ deadlineMs: 2_000 }),
    ...options,
    lazyConnect: true,
  });
  client.on('error', () => {});
  await client.connect();
  onTestFinished(() => client.disconnect());
  return client;
}

it.each([false, true])(
  'every method works in a Cluster, with enableAutoPipelining %s',
  async (enableAutoPipelining) => {
    const client = await connect({ enableAutoPipelining });
    const store = createRedisStore({ client });
    await store.ready();
    const now = store.clock();
    const users = Array.from({ length: 30 }, (_, i) => `user-${i}`);
    for (const user of users) {
      const session = makeSession(user, now);
      const next = makeSuccessorId(session.id);
      await store.create(session);
      expect(await store.read(session.id)).toEqual(toRecord(session));
      expect(await store.update(session.id, { version: 1, data: '{}', idleExpiresAt: now + HOUR })).toBe('updated');
      expect(await store.touch(session.id, now + 2 * HOUR)).toBe('touched');
      expect(await store.replaceDetails(session.id, { from: session.details, to: '{"n":1}' })).toBe('replaced');
      expect(await store.rotate(session.id, next)).toBe('rotated');
      expect(await store.changeSubject(makeSubject(user, { roles: [] }))).toBe(1);
      expect((await store.list(user)).map(({ id }) => id)).toEqual([next]);
    }
    expect(await store.destroyAll('user-0')).toBe(1);
    expect(await deleteSessionsByPrefix(client, 'sess:')).toBe(users.length - 1);
  },
);

it('the tracked cache refuses a Cluster as its client and as its subscriber', async () => {
  const cluster = await connect();
  const node = await connectTo(server.url);
  const refused = { code: 'ERR_OPTION_INVALID', message: expect.stringContaining('not on a Cluster') };
  await expect(createTrackedStore({ client: cluster, subscriber: node })).rejects.toMatchObject(refused);
  await expect(createTrackedStore({ client: node, subscriber: cluster })).rejects.toMatchObject(refused);
});

it('while the node is away a read is ERR_STORE_UNAVAILABLE', async () => {
  const client = await connect();
  const store = createRedisStore({ client });
  const session = makeSession('ada', Date.now());
  await store.create(session);
  server.pause();
  await expect(store.read(session.id)).rejects.toMatchObject({ code: 'ERR_STORE_UNAVAILABLE' });
  server.resume();
  expect(await store.read(session.id)).toEqual(toRecord(session));
});

it.each<[TestClusterOptions, string]>([
  [{ retryDelayOnFailover: 100 }, 'retryDelayOnFailover'],
  [{ scaleReads: 'slave' }, 'scaleReads'],
  [{ redisOptions: {} }, 'socketTimeout'],
])('a Cluster client with %o is refused', async (option, name) => {
  const client = await connect(option);
  const message = expect.stringContaining(name);
  expect(() => createRedisStore({ client })).toThrow(expect.objectContaining({ code: 'ERR_OPTION_INVALID', message }));
});

it('every command that the store sends names exactly one key', async () => {
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
  const session = makeSession('eve', Date.now());
  const next = makeSuccessorId(session.id);
  await store.create(session);
  await store.read(session.id);
  await store.update(session.id, { version: 1, data: '{}', idleExpiresAt: session.idleExpiresAt });
  await store.touch(session.id, session.idleExpiresAt + 1);
  await store.replaceDetails(session.id, { from: session.details, to: '{"n":1}' });
  await store.rotate(session.id, next);
  await store.changeSubject(makeSubject('eve'));
  await store.list('eve');
  await store.destroyAll('eve', { except: next });
  await store.destroy(next);
  await client.echo('done');
  await expect.poll(() => seen.some(([command]) => command === 'echo'), { interval: 10 }).toBe(true);
  const sent = seen.filter(([command = '']) => ['hget', 'hdel', 'hgetall', 'evalsha', 'eval'].includes(command));
  expect(sent.length).toBeGreaterThanOrEqual(10);
  for (const command of sent) {
    // Redis itself tells which of the words are keys.
    const keys = await node.command('GETKEYS', ...(command as [string]));
    expect(keys).toEqual([`sess:${session.id.slice(0, 16)}`]);
  }
});
