// What a read costs this process: microseconds of processor time for each way to read, rounds in random order.
// The figures of docs/decisions/0007-one-trip-to-redis.md. To run it, from packages/auth-core:
//
//   node --conditions=@statecraft/source bench/redis-reads.ts

import { setImmediate } from 'node:timers/promises';
import { startRedis } from '@statecraft/infra-dev';
import { Redis, type RedisOptions } from 'ioredis';
import { steadyClock } from '../src/index.ts';
import { deriveSessionId, mintSessionToken } from '../src/store.ts';
import {
  createRedisStore,
  createTrackedStore,
  redisClientOptions,
  redisSubscriberOptions,
} from '../src/stores/redis.ts';

const USERS = 500;
/** Requests in flight. */
const CONCURRENT = 50;
const ROUNDS = 7;
const ROUND_MS = 400;
const DATA = JSON.stringify({ cart: ['tea'] });
const BY_HAND = JSON.stringify({ user: { id: '0123456789abcdef', username: 'ada', roles: ['user'] }, cart: ['tea'] });

const server = await startRedis();
const byHand = await connect({ enableAutoPipelining: true });
const plain = await connect({ ...redisClientOptions({ deadlineMs: 10_000 }), enableAutoPipelining: false });
const client = await connect(redisClientOptions({ deadlineMs: 10_000 }));
const subscriber = await connect(redisSubscriberOptions());
const store = createRedisStore({ client });
const plainStore = createRedisStore({ client: plain });
const tracked = await createTrackedStore({ client, subscriber });
const ids = await Promise.all(Array.from({ length: USERS }, (_, user) => addSession(`user-${user}`)));

const sides: Record<string, (id: string) => unknown> = {
  'GET by hand, auto-pipelined, JSON.parse': async (id) => JSON.parse((await byHand.get(`hand:${id}`)) ?? ''),
  'HGET, a write to the socket each': (id) => plain.hgetBuffer(readKey(id), id.slice(16)),
  'HGET, auto-pipelined': (id) => client.hgetBuffer(readKey(id), id.slice(16)),
  'store.read, a write to the socket each': (id) => plainStore.read(id),
  'store.read, auto-pipelined': (id) => store.read(id),
  'tracked store.read, a hit': (id) => tracked.read(id),
};

const got = new Map<string, number[]>(Object.keys(sides).map((name) => [name, []]));
for (let round = -1; round < ROUNDS; round++) {
  for (const [name, read] of Object.entries(sides).sort(() => Math.random() - 0.5)) {
    const cost = await measure(read);
    if (round >= 0) got.get(name)?.push(cost);
  }
}
const idle = median(await Promise.all([measure(() => undefined)]));
console.log(`µs of CPU a read beyond the loop itself (${idle.toFixed(2)}): median, least and most of ${ROUNDS} rounds`);
for (const [name, costs] of got) {
  const [least = 0, most = 0] = [Math.min(...costs), Math.max(...costs)];
  const figures = [median(costs), least, most].map((cost) => (cost - idle).toFixed(2).padStart(7));
  console.log(`  ${name.padEnd(46)} ${figures.join(' ')}`);
}
await tracked.close();
for (const each of [byHand, plain, client, subscriber]) each.disconnect();
await server.stop();

async function connect(options: Omit<RedisOptions, 'replyMapping'>): Promise<Redis> {
  const connection = new Redis(server.url, { ...options, lazyConnect: true });
  await connection.connect();
  return connection;
}

function readKey(id: string): string {
  return `sess:${id.slice(0, 16)}`;
}

async function addSession(userId: string): Promise<string> {
  const id = deriveSessionId(mintSessionToken(userId)) ?? '';
  const createdAt = steadyClock();
  const times = { createdAt, idleExpiresAt: createdAt + 3_600_000, absoluteExpiresAt: createdAt + 36_000_000 };
  const subject = { userId, username: 'ada', roles: ['user'] };
  await store.create({ id, subject, data: DATA, details: '{}', ...times });
  await byHand.set(`hand:${id}`, BY_HAND);
  return id;
}

async function measure(read: (id: string) => unknown): Promise<number> {
  const end = performance.now() + ROUND_MS;
  const before = process.cpuUsage();
  let reads = 0;
  const request = async () => {
    while (performance.now() < end) {
      const found = read(ids[reads++ % USERS] ?? '');
      if (found instanceof Promise) await found;
      await setImmediate();
    }
  };
  await Promise.all(Array.from({ length: CONCURRENT }, request));
  const { user, system } = process.cpuUsage(before);
  return (user + system) / reads;
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
}
