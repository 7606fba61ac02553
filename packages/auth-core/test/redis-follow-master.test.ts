// A server that is demoted, or an address that leads to another server: the client moves to the master, and the cache
// is not used meanwhile.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type RedisServer, startRedis, startSentinel } from '@statecraft/infra-dev';
import type { Redis } from 'ioredis';
import { expect, it, onTestFinished, vi } from 'vitest';
import { createRedisStore, createTrackedStore, redisSubscriberOptions } from '../src/stores/redis.ts';
import { openMovingAddress } from './moving-address.ts';
import { connectTo, HOUR, makeSession } from './redis-fixture.ts';

const HEARTBEAT_MS = 50;
const eventually = <T>(holds: () => Promise<T> | T) => vi.waitFor(holds, { timeout: 10_000, interval: 10 });

async function openServer(args: readonly string[] = []): Promise<{ server: RedisServer; admin: Redis }> {
  const server = await startRedis(args);
  const admin = await connectTo(server.url);
  onTestFinished(async () => {
    admin.disconnect();
    await server.stop();
  });
  return { server, admin };
}

/** A master with a replica, an address that leads to the master, and clients of the address. */
async function openPair() {
  const [master, replica] = [await openServer(), await openServer()];
  await replica.admin.replicaof('127.0.0.1', master.server.port);
  await eventually(async () => expect(await replica.admin.info('replication')).toContain('master_link_status:up'));
  const address = await openMovingAddress(master.server.port);
  const client = await connectTo(address.url);
  onTestFinished(() => client.disconnect());
  return {
    master,
    replica,
    address,
    client,
    demote: () => master.admin.replicaof('127.0.0.1', replica.server.port),
    /** A replica of a server that does not exist: it keeps its data. */
    demoteAlone: () => master.admin.replicaof('127.0.0.1', 1),
    promote: () => replica.admin.replicaof('NO', 'ONE'),
  };
}

async function openStore(client: Redis) {
  const store = createRedisStore({ client, heartbeatMs: HEARTBEAT_MS });
  onTestFinished(() => store.close());
  await store.ready();
  return store;
}

it('moves to the new master after a failover that closed no connection', async () => {
  const { master, replica, address, client, demote, promote } = await openPair();
  const store = await openStore(client);
  await promote();
  await demote();
  address.moveTo(replica.server.port);
  const session = makeSession('ada', store.clock());
  await eventually(() => store.create(session));
  expect(await replica.admin.dbsize()).toBe(1);
  expect(await master.admin.info('replication')).toContain('role:slave');
});

it('moves without a write that fails', async () => {
  const { replica, address, client, demote, promote } = await openPair();
  await openStore(client);
  await promote();
  await demote();
  address.moveTo(replica.server.port);
  await eventually(async () => expect(await client.info('replication')).toContain('role:master'));
});

it('moves when the address leads to another master, although the old one does not know it', async () => {
  const { replica, address, client, promote } = await openPair();
  const store = await openStore(client);
  await promote();
  address.moveTo(replica.server.port);
  const runId = /run_id:\w+/.exec(await replica.admin.info('server'))?.[0];
  await eventually(async () => expect(await client.info('server')).toContain(runId));
  await eventually(() => store.create(makeSession('ada', store.clock())));
});

it('moves once, and then stays, when each connection leads to another master', async () => {
  const { master, replica, address, client, promote } = await openPair();
  await openStore(client);
  await promote();
  const closed = vi.fn();
  client.on('close', closed);
  address.moveTo(replica.server.port, master.server.port);
  const before = address.countConnections();
  await eventually(() => expect(address.countConnections()).toBeGreaterThan(before + 5));
  expect(closed.mock.calls.length).toBeLessThan(3);
});

it('keeps its connection and answers reads while there is no master', async () => {
  const { client, master, demoteAlone } = await openPair();
  const store = await openStore(client);
  const session = makeSession('ada', store.clock());
  await store.create(session);
  const closed = vi.fn();
  client.on('close', closed);
  await demoteAlone();
  await expect(store.touch(session.id, session.idleExpiresAt + HOUR)).rejects.toMatchObject({
    message: expect.stringContaining('READONLY'),
  });
  // Three looks at the address, each a connection to the old master.
  const countConnections = async () =>
    Number(/total_connections_received:(\d+)/.exec(await master.admin.info('stats'))?.[1]);
  const before = await countConnections();
  await eventually(async () => {
    expect(await store.read(session.id)).toMatchObject({ id: session.id });
    expect(await countConnections()).toBeGreaterThan(before + 2);
  });
  expect(closed).not.toHaveBeenCalled();
});

it('the tracked cache is empty and unused while its server is a replica', async () => {
  const { replica, address, client, demoteAlone, promote } = await openPair();
  const subscriber = await connectTo(address.url, redisSubscriberOptions());
  const store = await createTrackedStore({ client, subscriber, heartbeatMs: HEARTBEAT_MS });
  onTestFinished(async () => {
    await store.close();
    subscriber.disconnect();
  });
  const session = makeSession('ada', store.clock());
  await store.create(session);
  await eventually(async () => {
    await store.read(session.id);
    expect(store.stats()).toMatchObject({ entries: 1, tracking: true });
  });
  await demoteAlone();
  await eventually(() => expect(store.stats()).toMatchObject({ entries: 0, tracking: false }));
  expect(await store.read(session.id)).toMatchObject({ id: session.id });
  expect(store.stats()).toMatchObject({ entries: 0 });
  await promote();
  address.moveTo(replica.server.port);
  await eventually(() => expect(store.stats().tracking).toBe(true));
  await store.destroy(session.id);
  expect(await store.read(session.id)).toBeUndefined();
});

it('refuses to begin on a replica', async () => {
  const { replica } = await openPair();
  const store = createRedisStore({ client: replica.admin });
  const refused = { code: 'ERR_STORE_UNAVAILABLE', message: expect.stringContaining('is a replica') };
  await expect(store.ready?.()).rejects.toMatchObject(refused);
});

it('refuses a node of a Cluster', async () => {
  const folder = useFolder();
  const { admin } = await openServer(['--cluster-enabled', 'yes', '--dir', folder]);
  const refused = { code: 'ERR_OPTION_INVALID', message: expect.stringContaining('a node of a Cluster') };
  await expect(createRedisStore({ client: admin }).ready?.()).rejects.toMatchObject(refused);
});

it('refuses a Sentinel', async () => {
  const sentinel = await startSentinel(useFolder(), 1);
  const client = await connectTo(sentinel.url);
  onTestFinished(async () => {
    client.disconnect();
    await sentinel.stop();
  });
  const refused = { code: 'ERR_OPTION_INVALID', message: expect.stringContaining('a Sentinel') };
  await expect(createRedisStore({ client }).ready?.()).rejects.toMatchObject(refused);
});

function useFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'redis-kind-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
