// A real Cluster of three masters with a replica each: requests right after connecting, and after every connection is
// lost.

import { once } from 'node:events';
import { type RedisCluster, startCluster } from '@statecraft/infra-dev';
import { Cluster, type ClusterOptions } from 'ioredis';
import { afterAll, beforeAll, expect, it, onTestFinished, vi } from 'vitest';
import { createRedisStore, redisClusterOptions } from '../src/stores/redis.ts';
import { connectTo, makeSession, toRecord } from './redis-fixture.ts';

let cluster: RedisCluster;
beforeAll(async () => {
  cluster = await startCluster({ replicas: 1 });
}, 60_000);
afterAll(() => cluster.stop());

async function openStore(options: ClusterOptions = {}) {
  const nodes = cluster.nodes.map(({ port }) => ({ host: '127.0.0.1', port }));
  const client = new Cluster(nodes, { ...redisClusterOptions(), ...(options as object) });
  client.on('error', () => {});
  onTestFinished(() => client.disconnect());
  await once(client, 'ready');
  return { client, store: createRedisStore({ client }) };
}

const createMany = (store: Awaited<ReturnType<typeof openStore>>['store'], now = Date.now()) =>
  Promise.allSettled(Array.from({ length: 30 }, (_, index) => store.create(makeSession(`user-${index}`, now))));

const listFailures = (outcomes: PromiseSettledResult<unknown>[]) =>
  outcomes.filter(({ status }) => status === 'rejected').map((outcome) => (outcome as PromiseRejectedResult).reason);

it('a client that has just connected serves its first thirty requests', async () => {
  for (let round = 0; round < 5; round++) {
    const { store } = await openStore();
    expect(listFailures(await createMany(store))).toEqual([]);
  }
});

it('the first requests also pass with enableOfflineQueue false, once the store is ready', async () => {
  const { store } = await openStore({ enableOfflineQueue: false });
  await store.ready?.();
  expect(listFailures(await createMany(store))).toEqual([]);
});

it('when all connections are cut, no script runs on a replica, and the store comes back by itself', async () => {
  const { store } = await openStore();
  const session = makeSession('ada', Date.now());
  await store.create(session);
  const failures: Error[] = [];
  for (const { url } of cluster.nodes) {
    const admin = await connectTo(url);
    await admin.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
    await admin.call('CLIENT', 'KILL', 'TYPE', 'replica').catch(() => undefined);
    failures.push(...listFailures(await createMany(store)));
    admin.disconnect();
  }
  expect(failures.filter(({ message }) => /READONLY/.test(message))).toEqual([]);
  await vi.waitFor(async () => expect(listFailures(await createMany(store))).toEqual([]), { timeout: 10_000 });
  expect(await store.read(session.id)).toEqual(toRecord(session));
});

it('finds the promoted replica after a master is killed', async () => {
  const { store } = await openStore();
  await store.ready?.();
  await cluster.nodes[0]?.kill();
  await vi.waitFor(async () => expect(listFailures(await createMany(store))).toEqual([]), {
    timeout: 25_000,
    interval: 50,
  });
}, 40_000);
