// What a session costs in Redis, by layout: bytes (MEMORY USAGE key SAMPLES 0) and commands per operation.
// The figures of docs/decisions/0002-one-hash-per-user.md. To run it, from packages/auth-core:
//
//   node --conditions=@statecraft/source bench/redis-layouts.ts [bytes of JSON …]
//
// The JSON is the product's own, {"user":{"id","username","roles"}}: shorter by a shorter name, longer by a note.

import { setImmediate } from 'node:timers/promises';
import { startRedis } from '@statecraft/infra-dev';
import { Redis } from 'ioredis';
import type { NewSession } from '../src/index.ts';
import { deriveSessionId, mintSessionToken, mintSuccessorToken } from '../src/store.ts';
import { encodeRecord } from '../src/stores/redis/record.ts';
import { createRedisStore, redisClientOptions } from '../src/stores/redis.ts';

const USER_ID = '4b0e7f5a-6c3d-4e2f-9a1b-0c2d3e4f5a6b';
const DAY = 86_400_000;
/** Of the product's own JSON, for a user without a name. */
const SHORTEST = JSON.stringify({ user: { id: USER_ID, username: '', roles: ['user'] } }).length;
/** From 64 bytes on, a value turns the hash into a hash table, unless this setting is higher. */
const LISTPACK_VALUES = [64, 1024];

const FORMS: readonly [string, (size: number) => string | undefined][] = [
  ['the data name the user', (size) => (size < SHORTEST ? undefined : json(size))],
  ['the data do not', (size) => `{"a":"${'x'.repeat(size - 8)}"}`],
];

const server = await startRedis();
const client = new Redis(server.url, { ...redisClientOptions({ deadlineMs: 10_000 }), lazyConnect: true });
await client.connect();
const version = /redis_version:(\S+)/.exec(await client.info('server'))?.[1];
console.log(`Redis ${version}, user id of ${USER_ID.length} bytes, bytes per session\n`);

const sizes = process.argv.length > 2 ? process.argv.slice(2).map(Number) : [200, 1024];
for (const size of sizes) {
  const bare = await fresh(() => bareSet(json(size)));
  console.log(`JSON of ${size} bytes`);
  print('bare SET, 48-byte key, no user index', bare, bare);
  for (const sessions of [1, 3]) {
    print(
      `key per session + zset of the user, ${sessions} of a user`,
      await fresh(() => keyPerSession(json(size), sessions)),
      bare,
    );
    print(`string per user, ${sessions} of a user`, await fresh(() => stringPerUser(json(size), sessions)), bare);
    for (const limit of LISTPACK_VALUES) {
      const bytes = await fresh(() => hashPerUser(json(size), sessions, USER_ID, limit));
      print(`hash per user, ${sessions} of a user, hash-max-listpack-value ${limit}`, bytes, bare);
    }
  }
  for (const limit of LISTPACK_VALUES) {
    const bytes = await fresh(() => hashPerUser(json(size), 1, undefined, limit));
    print(`hash of an anonymous session, hash-max-listpack-value ${limit}`, bytes, bare);
  }
  console.log();
}

console.log(
  `The same, for short: hash per user, hash-max-listpack-value 1024, 1 session, of bare SET; bytes of JSON: ratio`,
);
for (const [form, data] of FORMS) {
  const ratios: string[] = [];
  let worst = 0;
  for (let size = 40; size <= 1_000; size += size < 260 ? 1 : 20) {
    const text = data(size);
    if (text === undefined) continue;
    const ratio = (await fresh(() => hashPerUser(text, 1, USER_ID, 1024))) / (await fresh(() => bareSet(text)));
    worst = Math.max(worst, ratio);
    if (ratio > 1.3) ratios.push(`${size}: ${ratio.toFixed(3)}`);
  }
  console.log(`  ${form.padEnd(40)} most ${worst.toFixed(3)}; above 1.3 at ${ratios.join(', ') || 'none'}`);
}

console.log('\nCommands per operation of this store, as MONITOR sees them arrive');
for (const [name, sent] of await commandsPerOperation())
  console.log(`  ${name.padEnd(12)} ${sent.length}  ${sent.join(', ')}`);

client.disconnect();
await server.stop();

function print(layout: string, bytes: number, bare: number): void {
  console.log(`  ${layout.padEnd(62)} ${bytes.toFixed(0).padStart(6)}  ${(bytes / bare).toFixed(2)} x bare`);
}

async function fresh(measure: () => Promise<number>): Promise<number> {
  await client.flushall();
  return measure();
}

async function bareSet(data: string): Promise<number> {
  const key = 'sess:'.padEnd(48, 'k');
  await client.set(key, data, 'PX', DAY);
  return bytesOf(key);
}

/** The rival: the same record under a key of its own, and the user's index beside it, in another slot. */
async function keyPerSession(data: string, sessions: number): Promise<number> {
  const index = 'sess:user:'.padEnd(26, 'u');
  let bytes = 0;
  for (let i = 0; i < sessions; i++) {
    const session = newSession(data, USER_ID);
    const key = `sess:${session.id.slice(16)}`;
    await client.set(key, encodeRecord(session, 1), 'PX', DAY);
    await client.zadd(index, session.absoluteExpiresAt, session.id.slice(16));
    bytes += await bytesOf(key);
  }
  await client.pexpire(index, DAY);
  return (bytes + (await bytesOf(index))) / sessions;
}

/** The other rival: all sessions of a user in one string, found by the client after a GET of them all. */
async function stringPerUser(data: string, sessions: number): Promise<number> {
  const all = Array.from({ length: sessions }, () => newSession(data, USER_ID));
  const key = `sess:${all[0]?.id.slice(0, 16)}`;
  const parts = all.flatMap((session) => [Buffer.from(session.id.slice(16)), encodeRecord(session, 1)]);
  await client.set(key, Buffer.concat(parts), 'PX', DAY);
  return (await bytesOf(key)) / sessions;
}

async function hashPerUser(data: string, sessions: number, userId: string | undefined, limit: number): Promise<number> {
  await client.config('SET', 'hash-max-listpack-value', limit);
  const store = createRedisStore({ client });
  for (let i = 0; i < sessions; i++) await store.create(newSession(data, userId));
  const [key = ''] = await client.keys('*');
  return (await bytesOf(key)) / sessions;
}

async function commandsPerOperation(): Promise<[string, string[]][]> {
  await client.flushall();
  const store = createRedisStore({ client });
  const session = newSession(json(200), USER_ID);
  const next = deriveSessionId(mintSuccessorToken(session.id)) ?? '';
  const { idleExpiresAt } = session;
  const operations: [string, () => unknown][] = [
    ['create', () => store.create(session)],
    ['read', () => store.read(session.id)],
    ['update', () => store.update(session.id, { version: 1, data: '{}', idleExpiresAt })],
    ['touch', () => store.touch(session.id, idleExpiresAt + 1)],
    ['rotate', () => store.rotate(session.id, next)],
    ['list', () => store.list(USER_ID)],
    ['destroy', () => store.destroy(next)],
    ['destroyAll', () => store.destroyAll(USER_ID)],
  ];
  // Once before, so that the server knows the scripts.
  for (const [, operation] of operations) await operation();
  const monitor = await client.monitor();
  const seen: string[] = [];
  monitor.on('monitor', (_time: string, [command = '', text = '']: string[], source: string) => {
    if (source !== 'lua') seen.push(command === 'echo' ? `end of ${text}` : command);
  });
  const counted: [string, string[]][] = [];
  for (const [name, operation] of operations) {
    await operation();
    await client.echo(name);
    while (!seen.includes(`end of ${name}`)) await setImmediate();
    counted.push([name, seen.splice(0).slice(0, -1)]);
  }
  monitor.disconnect();
  return counted;
}

async function bytesOf(key: string): Promise<number> {
  return Number(await client.memory('USAGE', key, 'SAMPLES', 0));
}

function newSession(data: string, userId: string | undefined): NewSession {
  const now = Date.now();
  const id = deriveSessionId(mintSessionToken(userId)) ?? '';
  return { id, userId, data, createdAt: now, idleExpiresAt: now + DAY / 2, absoluteExpiresAt: now + DAY };
}

function json(size: number): string {
  if (size < SHORTEST) return `{"a":"${'x'.repeat(size - 8)}"}`;
  const user = { id: USER_ID, username: 'u'.repeat(Math.min(size - SHORTEST, 20)), roles: ['user'] };
  const left = size - JSON.stringify({ user }).length;
  // The note's own name and quotes take 10.
  if (left < 10) return JSON.stringify({ user: { ...user, username: 'u'.repeat(size - SHORTEST) } });
  return JSON.stringify({ user, note: 'x'.repeat(left - 10) });
}
