// What the Redis tests share: a connected client, sessions, and a look into the server.

import { startRedis } from '@statecraft/infra-dev';
import { Redis, type RedisOptions } from 'ioredis';
import { afterAll, beforeAll, beforeEach, onTestFinished } from 'vitest';
import type { NewSession, SessionRecord, Subject } from '../src/index.ts';
import { derivePartition, deriveSessionId, mintSessionToken, mintSuccessorToken } from '../src/store.ts';
import { redisClientOptions } from '../src/stores/redis.ts';

/** Replies keep their usual shapes, so that the client is the plain `Redis`. */
export type TestClientOptions = Omit<RedisOptions, 'replyMapping'>;

export const HOUR = 3_600_000;
export const START = Date.UTC(2026, 0, 1);

/** One server for each test file, emptied before each test. */
export function useRedis(): {
  url: () => string;
  connect: (options?: TestClientOptions) => Promise<Redis>;
  admin: () => Redis;
} {
  let server: Awaited<ReturnType<typeof startRedis>>;
  let admin: Redis;
  beforeAll(async () => {
    server = await startRedis();
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
  // Lost connections are part of these tests; the tests assert what the store makes of them.
  client.on('error', () => {});
  await client.connect();
  return client;
}

/** A clock that moves only when a test moves it. */
export function createManualClock(start = START): { (): number; add(ms: number): void } {
  let now = start;
  return Object.assign(() => now, {
    add(ms: number) {
      now += ms;
    },
  });
}

export function makeId(userId?: string): string {
  return deriveSessionId(mintSessionToken(userId)) ?? '';
}

/** An id in the partition of another one, as rotate needs it. */
export function makeSuccessorId(id: string): string {
  return deriveSessionId(mintSuccessorToken(id)) ?? '';
}

export function makeSubject(userId: string, more: Partial<Subject> = {}): Subject {
  return { userId, username: 'Ada L.', roles: ['user'], ...more };
}

export function makeSession(userId: string | undefined, now: number, more: Partial<NewSession> = {}): NewSession {
  return {
    id: makeId(userId),
    subject: userId === undefined ? undefined : makeSubject(userId),
    data: '{"cart":["tea"]}',
    details: '{"device":{"browser":"Firefox"}}',
    createdAt: now,
    idleExpiresAt: now + HOUR,
    absoluteExpiresAt: now + 12 * HOUR,
    ...more,
  };
}

/** The record that a read answers after create. */
export const toRecord = (session: NewSession): SessionRecord => ({ ...session, version: 1 });

/** The key of a user's sessions, with the default prefix. */
export const formatKey = (userId: string): string => `sess:${derivePartition(userId)}`;

/** Every key with its TTL in ms (-1: none). */
export async function readTtls(admin: Redis): Promise<Map<string, number>> {
  const keys = await admin.keys('*');
  return new Map(await Promise.all(keys.map(async (key) => [key, await admin.pttl(key)] as const)));
}

/** How often each command ran since the server started or CONFIG RESETSTAT. */
export async function countCommands(admin: Redis): Promise<Record<string, number>> {
  const stats = await admin.info('commandstats');
  const counts = [...stats.matchAll(/^cmdstat_(\S+?):calls=(\d+)/gm)].map(([, name, calls]) => [name, Number(calls)]);
  return Object.fromEntries(counts);
}
