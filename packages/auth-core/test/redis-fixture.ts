// What the Redis tests share: a connected client, a session, and what is really in the server.

import { startRedis } from '@statecraft/infra-dev';
import { Redis, type RedisOptions } from 'ioredis';
import { afterAll, beforeAll, beforeEach, onTestFinished } from 'vitest';
import { mintSessionToken, type NewSession, type SessionRecord, sessionIdOf } from '../src/index.ts';
import { redisClientOptions } from '../src/stores/redis.ts';

/** Replies keep their usual shapes, so that the client is the plain `Redis`. */
export type TestClientOptions = Omit<RedisOptions, 'replyMapping'>;

export const HOUR = 3_600_000;
export const START = Date.UTC(2026, 0, 1);

/** One server per test file, emptied before each test. */
export function ownRedis(): {
  url: () => string;
  connect: (options?: TestClientOptions) => Promise<Redis>;
  admin: () => Redis;
} {
  let server: Awaited<ReturnType<typeof startRedis>>;
  let admin: Redis;
  beforeAll(async () => {
    server = await startRedis(['--enable-debug-command', 'yes']);
    admin = await connectTo(server.url);
  });
  beforeEach(async () => void (await admin.flushall()));
  afterAll(async () => {
    admin.disconnect();
    await server.stop();
  });
  return {
    url: () => server.url,
    admin: () => admin,
    async connect(options = {}) {
      const client = await connectTo(server.url, options);
      onTestFinished(() => client.disconnect());
      return client;
    },
  };
}

export async function connectTo(url: string, options: TestClientOptions = {}): Promise<Redis> {
  const client = new Redis(url, { ...redisClientOptions(), ...options, lazyConnect: true });
  // A lost connection is part of these tests; what it means is asserted on the store.
  client.on('error', () => {});
  await client.connect();
  return client;
}

/** A clock that stands still until it is moved. */
export function handClock(start = START): { (): number; add(ms: number): void } {
  let now = start;
  return Object.assign(() => now, {
    add(ms: number) {
      now += ms;
    },
  });
}

export function newId(userId?: string): string {
  const id = sessionIdOf(mintSessionToken(userId));
  if (id === undefined) throw new Error('mintSessionToken made no token');
  return id;
}

export function sessionOf(userId: string | undefined, now: number, more: Partial<NewSession> = {}): NewSession {
  const times = { createdAt: now, idleExpiresAt: now + HOUR, absoluteExpiresAt: now + 12 * HOUR };
  return { id: newId(userId), userId, data: '{"cart":["tea"]}', ...times, ...more };
}

export const firstVersion = (session: NewSession): SessionRecord => ({ ...session, version: 1 });

/** Every key with its TTL in ms (-1: none). */
export async function ttls(admin: Redis): Promise<Map<string, number>> {
  const keys = await admin.keys('*');
  return new Map(await Promise.all(keys.map(async (key) => [key, await admin.pttl(key)] as const)));
}

/** How often each command ran since the server started or CONFIG RESETSTAT. */
export async function commandCounts(admin: Redis): Promise<Record<string, number>> {
  const stats = await admin.info('commandstats');
  const counts = [...stats.matchAll(/^cmdstat_(\S+?):calls=(\d+)/gm)].map(([, name, calls]) => [name, Number(calls)]);
  return Object.fromEntries(counts);
}
