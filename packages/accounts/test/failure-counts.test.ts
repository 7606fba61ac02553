// The places where failures are counted keep the same contract. Redis is a real one.

import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { type RedisServer, startRedis } from '@statecraft/infra-dev';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { computeWaitMs } from '../src/attempts/failure-counts.ts';
import { createMemoryCounts } from '../src/attempts/memory-counts.ts';
import { createCountsLog, createRedisCounts } from '../src/index.ts';
import { describeCounts } from './counts-contract.ts';

const memory = createMemoryCounts({ maxKeys: 1_000, clock: () => performance.now() });
describeCounts('in memory', async () => memory);

describe('Redis', () => {
  let server: RedisServer;
  beforeAll(async () => {
    server = await startRedis();
  });
  afterAll(() => server.stop());

  function connect(): Redis {
    const client = new Redis(server.url);
    onTestFinished(() => client.disconnect());
    return client;
  }

  describeCounts('in Redis', async () => createRedisCounts({ client: connect(), prefix: 'attempts:' }));

  it('needs no other rights than the Redis user of infra/secrets.sh has', async () => {
    const script = readFileSync(new URL('../../../infra/secrets.sh', import.meta.url), 'utf8');
    const [, rights = ''] = /user statecraft on #\$\(.*?\) (~.*)"$/m.exec(script) ?? [];
    await connect().call('ACL', 'SETUSER', 'statecraft', 'on', '>password', ...rights.split(' '));
    const client = new Redis(server.url, { username: 'statecraft', password: 'password' });
    onTestFinished(() => client.disconnect());
    const counts = createRedisCounts({ client, prefix: 'sess:attempts:' });
    expect(await counts.add('key', { limit: 2, windowMs: 60_000 })).toBe(0);
    expect(await counts.read('key')).toBeGreaterThan(0);
    await counts.remove('key');
    expect(await counts.read('key')).toBe(0);
  });

  it('keeps no key longer than its bucket takes to empty, and no text of a client', async () => {
    const client = connect();
    const prefix = `${randomUUID()}:`;
    await createRedisCounts({ client, prefix }).add('key', { limit: 2, windowMs: 60_000 });
    expect(await client.keys(`${prefix}*`)).toEqual([`${prefix}key`]);
    const ttl = await client.pttl(`${prefix}key`);
    expect(ttl).toBeGreaterThan(0);
    expect(ttl).toBeLessThanOrEqual(30_000);
  });
});

describe('in memory', () => {
  const setUp = (maxKeys: number) => {
    const time = { now: 0 };
    return { time, counts: createMemoryCounts({ maxKeys, clock: () => time.now }) };
  };
  const LIMIT = { limit: 2, windowMs: 1_000 };

  it('drains one failure after another', () => {
    const { time, counts } = setUp(10);
    counts.add('key', LIMIT);
    counts.add('key', LIMIT);
    expect(computeWaitMs(counts.read('key'), LIMIT)).toBe(500);
    time.now = 500;
    expect(computeWaitMs(counts.read('key'), LIMIT)).toBe(0);
    expect(counts.read('key')).toBe(500);
  });

  it('holds at most maxKeys, and drops the oldest failure first', () => {
    const { counts } = setUp(3);
    for (const key of ['a', 'a', 'b', 'b', 'c', 'd']) counts.add(key, LIMIT);
    expect(counts.size).toBe(3);
    expect(counts.read('a')).toBe(0);
    expect(counts.read('b')).toBeGreaterThan(0);
  });

  it('frees the keys whose buckets are empty', () => {
    const { time, counts } = setUp(100);
    for (let n = 0; n < 50; n += 1) counts.add(`key-${n}`, LIMIT);
    time.now = 1_000;
    counts.add('last', LIMIT);
    expect(counts.size).toBe(1);
  });
});

describe('the log of shared counts', () => {
  it('says when this server counts alone and why, and when that is over', () => {
    const lines: string[] = [];
    const log = createCountsLog({ warn: (line) => lines.push(line) });
    log(new Error('Connection is closed.'));
    log(undefined);
    expect(lines).toEqual([
      'Attempts are counted by this server alone: the shared counts cannot be reached (Connection is closed).',
      'Attempts are counted for all servers together again.',
    ]);
  });
});
