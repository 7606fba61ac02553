// What a session costs in Redis, by layout: bytes (MEMORY USAGE key SAMPLES 0) and commands for each operation.
// The figures of docs/decisions/0002-one-hash-per-user.md. To run it, from packages/auth-core:
//
//   node --conditions=@statecraft/source bench/redis-layouts.ts [bytes of data …]

import { setImmediate } from 'node:timers/promises';
import { startRedis } from '@statecraft/infra-dev';
import { Redis } from 'ioredis';
import type { NewSession } from '../src/index.ts';
import { deriveSessionId, mintSessionToken, mintSuccessorToken } from '../src/store.ts';
import { encodeRecord } from '../src/stores/redis/record.ts';
import { createRedisStore, redisClientOptions } from '../src/stores/redis.ts';

const SUBJECT = { userId: '4b0e7f5a-6c3d-4e2f-9a1b-0c2d3e4f5a6b', username: 'ada.lovelace', roles: ['user'] };
const DETAILS = '{"device":{"address":"203.0.113.7","browser":"Firefox on Linux"}}';
const DAY = 86_400_000;
/** bytes. From the first on, which is Redis' default, a longer value turns a hash into a hash table. */
const LISTPACK_VALUES = [64, 1024];

const server = await startRedis();
const client = new Redis(server.url, { ...redisClientOptions({ deadlineMs: 10_000 }), lazyConnect: true });
await client.connect();
const version = /redis_version:(\S+)/.exec(await client.info('server'))?.[1];
console.log(`Redis ${version}, bytes for each session\n`);

const sizes = process.argv.length > 2 ? process.argv.slice(2).map(Number) : [2, 200, 1024];
for (const size of sizes) {
  const data = makeData(size);
  const bare = await measureEmptied(() => measureBareSet(data));
  console.log(`data of ${size} bytes`);
  printRow('bare SET of one JSON text, 48-byte key, no user index', bare, bare);
  for (const sessions of [1, 3]) {
    const keys = await measureEmptied(() => measureKeyPerSession(data, sessions));
    printRow(`key for each session + zset of the user, ${sessions} of a user`, keys, bare);
    const string = await measureEmptied(() => measureStringPerUser(data, sessions));
    printRow(`string for each user, ${sessions} of a user`, string, bare);
    for (const limit of LISTPACK_VALUES) {
      const hash = await measureEmptied(() => measureHashPerUser(data, sessions, limit));
      printRow(`hash for each user, ${sessions} of a user, hash-max-listpack-value ${limit}`, hash, bare);
    }
  }
  console.log();
}

console.log('Commands for each operation of this store, as MONITOR reports them');
for (const [name, sent] of await countCommands())
  console.log(`  ${name.padEnd(14)} ${sent.length}  ${sent.join(', ')}`);

client.disconnect();
await server.stop();

function printRow(layout: string, bytes: number, bare: number): void {
  console.log(`  ${layout.padEnd(62)} ${bytes.toFixed(0).padStart(6)}  ${(bytes / bare).toFixed(2)} x bare`);
}

async function measureEmptied(measure: () => Promise<number>): Promise<number> {
  await client.flushall();
  return measure();
}

/** What an application would write by hand. */
async function measureBareSet(data: string): Promise<number> {
  const key = 'sess:'.padEnd(48, 'k');
  const text = JSON.stringify({ user: SUBJECT, details: JSON.parse(DETAILS), data: JSON.parse(data) });
  await client.set(key, text, 'PX', DAY);
  return measureKey(key);
}

/** The alternative: the same record under a key of its own, and the user's index in another slot. */
async function measureKeyPerSession(data: string, sessions: number): Promise<number> {
  const index = 'sess:user:'.padEnd(26, 'u');
  let bytes = 0;
  for (let i = 0; i < sessions; i++) {
    const session = makeSession(data);
    const key = `sess:${session.id.slice(16)}`;
    await client.set(key, encodeRecord(session, 1), 'PX', DAY);
    await client.zadd(index, session.absoluteExpiresAt, session.id.slice(16));
    bytes += await measureKey(key);
  }
  await client.pexpire(index, DAY);
  return (bytes + (await measureKey(index))) / sessions;
}

/** The other alternative: all sessions of a user in one string, which the client fetches as a whole. */
async function measureStringPerUser(data: string, sessions: number): Promise<number> {
  const all = Array.from({ length: sessions }, () => makeSession(data));
  const key = `sess:${all[0]?.id.slice(0, 16)}`;
  const parts = all.flatMap((session) => [Buffer.from(session.id.slice(16)), encodeRecord(session, 1)]);
  await client.set(key, Buffer.concat(parts), 'PX', DAY);
  return (await measureKey(key)) / sessions;
}

async function measureHashPerUser(data: string, sessions: number, limit: number): Promise<number> {
  await client.config('SET', 'hash-max-listpack-value', limit);
  const store = createRedisStore({ client, clock: Date.now });
  for (let i = 0; i < sessions; i++) await store.create(makeSession(data));
  const [key = ''] = await client.keys('*');
  return (await measureKey(key)) / sessions;
}

async function countCommands(): Promise<[string, string[]][]> {
  await client.flushall();
  const store = createRedisStore({ client, clock: Date.now });
  const session = makeSession(makeData(200));
  const next = deriveSessionId(mintSuccessorToken(session.id)) ?? '';
  const { idleExpiresAt } = session;
  const operations: [string, () => unknown][] = [
    ['create', () => store.create(session)],
    ['read', () => store.read(session.id)],
    ['update', () => store.update(session.id, { version: 1, data: '{}', idleExpiresAt })],
    ['touch', () => store.touch(session.id, idleExpiresAt + 1)],
    ['rotate', () => store.rotate(session.id, next)],
    ['list', () => store.list(SUBJECT.userId)],
    ['changeSubject', () => store.changeSubject(SUBJECT)],
    ['destroy', () => store.destroy(next)],
    ['destroyAll', () => store.destroyAll(SUBJECT.userId)],
  ];
  // Once before, so that the server knows the scripts.
  for (const [, operate] of operations) await operate();
  const monitor = await client.monitor();
  const seen: string[] = [];
  monitor.on('monitor', (_time: string, [command = '', text = '']: string[], source: string) => {
    if (source !== 'lua') seen.push(command === 'echo' ? `end of ${text}` : command);
  });
  const counted: [string, string[]][] = [];
  for (const [name, operate] of operations) {
    await operate();
    await client.echo(name);
    while (!seen.includes(`end of ${name}`)) await setImmediate();
    counted.push([name, seen.splice(0).slice(0, -1)]);
  }
  monitor.disconnect();
  return counted;
}

async function measureKey(key: string): Promise<number> {
  return Number(await client.memory('USAGE', key, 'SAMPLES', 0));
}

function makeSession(data: string): NewSession {
  const now = Date.now();
  const id = deriveSessionId(mintSessionToken(SUBJECT.userId)) ?? '';
  const times = { createdAt: now, idleExpiresAt: now + DAY / 2, absoluteExpiresAt: now + DAY };
  return { id, subject: SUBJECT, data, details: DETAILS, ...times };
}

function makeData(size: number): string {
  return size < 10 ? '{}' : `{"note":"${'x'.repeat(size - 11)}"}`;
}
