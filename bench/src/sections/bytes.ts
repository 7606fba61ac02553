// Section `bytes`: what a signed-in user takes of the heap and of Redis, after real sign-ins over HTTP.

import { type Bench, redisOf } from '../bench.ts';
import { somebody } from '../peers/somebody.ts';
import { heapOf, signInByName } from '../people.ts';
import { startSide } from '../rounds.ts';
import { inTurns } from '../turns.ts';

export interface BytesResult {
  /** Bytes of the data's own JSON, which every side has to keep in some form. */
  readonly json: number;
  readonly heap: readonly HeapBytes[];
  readonly redis: readonly RedisBytes[];
}

interface HeapBytes {
  readonly title: string;
  readonly sessions: number;
  readonly perSession: number;
}

interface RedisBytes {
  readonly title: string;
  readonly sessions: number;
  /** MEMORY USAGE of all keys there are, by the number of sessions. */
  readonly perSession: number;
}

interface Subject {
  readonly title: string;
  readonly file: string;
  readonly env?: Record<string, string>;
  readonly perUser?: number;
  /** `hash-max-listpack-value`; otherwise as infra/redis/redis.conf has it. */
  readonly listpack?: number;
}

const HEAP: readonly Subject[] = [
  { title: 'memory', file: 'statecraft', env: { MODE: 'memory' } },
  { title: '@fastify/session, its memory store', file: 'fastify-session' },
  { title: 'express-session, its memory store', file: 'express-session' },
  { title: 'a Map of sessions', file: 'hand-map' },
];

/** bytes: a hash whose values are longer is kept as a hash table. */
const LISTPACK = { ours: 1_024, byDefault: 64 } as const;

/** The first is what the others are compared with: a bare SET of the same JSON. */
const REDIS: readonly Subject[] = [
  { title: 'a bare SET of the JSON', file: 'hand-get' },
  { title: 'redis', file: 'statecraft', env: { MODE: 'redis' } },
  { title: 'redis, three sessions of each user', file: 'statecraft', env: { MODE: 'redis' }, perUser: 3 },
  { title: 'redis, with Redis’ own default', file: 'statecraft', env: { MODE: 'redis' }, listpack: LISTPACK.byDefault },
  { title: '@fastify/session + connect-redis', file: 'fastify-session' },
  { title: 'express-session + connect-redis', file: 'express-session' },
];

/** Signed in before the first look at the heap: code is compiled then, and connections are open. */
const WARM = 2_000;

export async function runBytes(bench: Bench): Promise<BytesResult> {
  const heap: HeapBytes[] = [];
  const redis: RedisBytes[] = [];
  for (const subject of HEAP) heap.push(await heapBytes(bench, subject));
  for (const subject of REDIS) redis.push(await redisBytes(bench, subject));
  return { json: JSON.stringify({ user: somebody(0) }).length, heap, redis };
}

async function heapBytes(bench: Bench, { title, file, env = {} }: Subject): Promise<HeapBytes> {
  const sessions = bench.plan.quick ? 10_000 : 100_000;
  const server = await startSide(bench, { entry: entryOf(file), env, redis: false }, ['--expose-gc']);
  try {
    await inTurns(WARM, (at) => signInByName(server.url, somebody(at)));
    const before = await heapOf(server.url);
    await inTurns(sessions, (at) => signInByName(server.url, somebody(WARM + at)));
    const perSession = ((await heapOf(server.url)) - before) / sessions;
    bench.say(`  heap, ${title}: ${perSession.toFixed(0)} bytes a session`);
    return { title, sessions, perSession };
  } finally {
    await server.stop();
  }
}

async function redisBytes(
  bench: Bench,
  { title, file, env = {}, perUser = 1, listpack = LISTPACK.ours }: Subject,
): Promise<RedisBytes> {
  const sessions = bench.plan.quick ? 300 : 3_000;
  await redisOf(bench).configure('hash-max-listpack-value', listpack);
  const server = await startSide(bench, { entry: entryOf(file), env, redis: true });
  try {
    await inTurns(sessions, (at) => signInByName(server.url, somebody(Math.floor(at / perUser))));
    const perSession = (await redisOf(bench).bytes()) / sessions;
    bench.say(`  Redis, ${title}: ${perSession.toFixed(0)} bytes a session`);
    return { title, sessions, perSession };
  } finally {
    await server.stop();
    await redisOf(bench).configure('hash-max-listpack-value', LISTPACK.ours);
  }
}

const entryOf = (file: string): string => `bench/src/peers/${file}.ts`;
