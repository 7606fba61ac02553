// A master that three real Sentinels watch: the client leaves the old master when they choose a new one.

import { once } from 'node:events';
import { type RedisSentinels, startSentinels } from '@statecraft/infra-dev';
import { Redis } from 'ioredis';
import { beforeEach, expect, it, onTestFinished, vi } from 'vitest';
import {
  createRedisStore,
  createTrackedStore,
  redisClientOptions,
  redisSubscriberOptions,
} from '../src/stores/redis.ts';
import { connectTo, makeSession, type TestClientOptions } from './redis-fixture.ts';

let group: RedisSentinels;
beforeEach(async () => {
  group = await startSentinels();
  return () => group.stop();
}, 60_000);

async function connect(options: TestClientOptions = {}): Promise<Redis> {
  const sentinels = group.sentinels.map(({ port }) => ({ host: '127.0.0.1', port }));
  const client = new Redis({ sentinels, name: group.name, ...redisClientOptions(), ...options });
  client.on('error', () => {});
  onTestFinished(() => client.disconnect());
  await once(client, 'ready');
  return client;
}

async function ask(port: number | undefined, ...[command, ...args]: [string, ...string[]]): Promise<unknown> {
  const admin = await connectTo(`redis://127.0.0.1:${port}`);
  return admin.call(command, ...args).finally(() => admin.disconnect());
}

const eventually = <T>(holds: () => Promise<T> | T) => vi.waitFor(holds, { timeout: 20_000, interval: 20 });

it.each([
  ['planned', () => ask(group.sentinels[0]?.port, 'SENTINEL', 'FAILOVER', group.name)],
  ['by the death of the master', () => group.servers[0]?.kill()],
])(
  'writes go to the new master after a failover: %s',
  async (_how, fail) => {
    const store = createRedisStore({ client: await connect() });
    await store.ready?.();
    await fail();
    await eventually(async () => expect(String(await ask(group.servers[1]?.port, 'ROLE'))).toContain('master'));
    // Until the Sentinels have said so, the old master still accepts writes, and loses them.
    await eventually(async () => {
      await store.create(makeSession('ada', store.clock()));
      expect(await ask(group.servers[1]?.port, 'DBSIZE')).toBe(1);
    });
    await store.close();
  },
  60_000,
);

it('the tracked cache follows, and learns of writes at the new master', async () => {
  const client = await connect();
  const subscriber = client.duplicate(redisSubscriberOptions());
  subscriber.on('error', () => {});
  const store = await createTrackedStore({ client, subscriber, heartbeatMs: 100 });
  onTestFinished(async () => {
    await store.close();
    subscriber.disconnect();
  });
  await ask(group.sentinels[0]?.port, 'SENTINEL', 'FAILOVER', group.name);
  await eventually(async () => expect(String(await ask(group.servers[1]?.port, 'ROLE'))).toContain('master'));
  await eventually(() => expect(store.stats().tracking).toBe(true));
  const session = makeSession('ada', store.clock());
  await eventually(() => store.create(session));
  await eventually(async () => {
    await store.read(session.id);
    expect(store.stats().entries).toBe(1);
  });
  const other = createRedisStore({ client: await connectTo(group.servers[1]?.url ?? '') });
  await other.destroy(session.id);
  await eventually(async () => expect(await store.read(session.id)).toBeUndefined());
  await other.close();
}, 60_000);

/** As `failoverDetector` does when the old connection has ended before the Sentinels report the new master. */
async function interruptLookup(client: Redis): Promise<void> {
  client.disconnect(true);
  await once(client, 'connecting');
  client.disconnect(true);
  await waitForEnd(client);
}

/** `once` of node:events rejects at the error that comes before. */
const waitForEnd = (client: Redis) => new Promise<void>((resolve) => client.once('end', resolve));

it('connects again after a failover is reported while it asks for the master', async () => {
  const client = await connect();
  const store = createRedisStore({ client, heartbeatMs: 50 });
  onTestFinished(() => store.close());
  await store.ready?.();
  for (let time = 0; time < 2; time++) {
    await interruptLookup(client);
    await eventually(() => store.create(makeSession('ada', store.clock())));
  }
});

it('does not connect again after the application has disconnected', async () => {
  const client = await connect();
  const store = createRedisStore({ client, heartbeatMs: 10 });
  onTestFinished(() => store.close());
  await store.ready?.();
  client.disconnect();
  await once(client, 'end');
  await new Promise((resolve) => setTimeout(resolve, 100));
  expect(client.status).toBe('end');
});

it('the subscriber of the tracked cache connects again, too', async () => {
  const client = await connect();
  const subscriber = client.duplicate(redisSubscriberOptions());
  subscriber.on('error', () => {});
  const store = await createTrackedStore({ client, subscriber, heartbeatMs: 50 });
  onTestFinished(async () => {
    await store.close();
    subscriber.disconnect();
  });
  await eventually(() => expect(store.stats().tracking).toBe(true));
  await interruptLookup(subscriber);
  expect(store.stats().tracking).toBe(false);
  await eventually(() => expect(store.stats().tracking).toBe(true));
});

it.each([
  [{ role: 'slave' as const }, 'role'],
  [{ failoverDetector: false }, 'failoverDetector'],
])('a client with %o is refused', async (option, name) => {
  const client = await connect(option);
  const message = expect.stringContaining(name);
  expect(() => createRedisStore({ client })).toThrow(expect.objectContaining({ code: 'ERR_OPTION_INVALID', message }));
});
