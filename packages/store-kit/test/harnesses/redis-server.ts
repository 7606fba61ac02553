// What the harnesses of the Redis store and of its tracked cache share: connections with sync points, and ways to look
// into the server and to disturb it.

import { redisClientOptions } from '@statecraft/auth-core/redis';
import { type Command, Redis, type RedisOptions } from 'ioredis';
import type { SyncPoint } from '../../src/index.ts';

/** 160 KiB for each session. */
export const LIMITS = { maxSessionsPerUser: 20, maxBytesPerUser: 20 * 160 * 1024 } as const;

/** ms for a command: long enough that a busy machine is not taken for a server that is down. */
export const DEADLINE_MS = 2_000;
/** The commands that a store sends. */
const STORE_COMMANDS = new Set(['hget', 'hgetall', 'hdel', 'evalsha', 'eval']);

export async function connectTo(url: string, options: Omit<RedisOptions, 'replyMapping'> = {}): Promise<Redis> {
  const client = new Redis(url, { ...redisClientOptions(), ...options, lazyConnect: true });
  // Lost connections are part of the checks; the checks assert what the store makes of them.
  client.on('error', () => {});
  await client.connect();
  return client;
}

/**
 * A client that reaches the sync point before it writes one of the store's commands to its connection. With `answers`,
 * it also does so before it hands out an answer, so that another write can come between a read and its answer.
 */
export async function connectWithSyncPoint(
  url: string,
  syncPoint: SyncPoint,
  { answers = false } = {},
): Promise<Redis> {
  const client = await connectTo(url, redisClientOptions({ deadlineMs: DEADLINE_MS }));
  const send = client.sendCommand.bind(client);
  client.sendCommand = (command, stream) => {
    const isOfStore = STORE_COMMANDS.has(command.name);
    if (isOfStore && answers) holdAnswer(command, syncPoint);
    const turn = isOfStore ? syncPoint.reach() : undefined;
    if (turn === undefined) return send(command, stream);
    // The server's answer arrives through the command's own promise.
    const resume = () => Promise.resolve(send(command, stream)).catch(() => undefined);
    turn.then(resume, (error: Error) => command.reject(error));
    return command.promise;
  };
  return client;
}

function holdAnswer(command: Command, syncPoint: SyncPoint): void {
  const { resolve } = command;
  command.resolve = (answer) => {
    const turn = syncPoint.reach();
    if (turn === undefined) return resolve(answer);
    turn.then(
      () => resolve(answer),
      (error: Error) => command.reject(error),
    );
  };
}

/** What a harness may return about the server, and do to it. */
export function inspectServer(admin: Redis) {
  return {
    dump: () => dumpHashes(admin),
    ttls: () => readTtls(admin),
    size: () => countFields(admin),
    corrupt: (id: string) => cutField(admin, id),
    /** For longer than the stores wait for an answer. */
    async stall() {
      await admin.call('CLIENT', 'PAUSE', 1.2 * DEADLINE_MS);
    },
  };
}

async function dumpHashes(admin: Redis): Promise<Buffer[]> {
  const keys = await admin.keys('*');
  const hashes = await Promise.all(
    keys.map(async (key) => [await admin.hkeysBuffer(key), await admin.hvalsBuffer(key)]),
  );
  return [...keys.map((key) => Buffer.from(key)), ...hashes.flat(2)];
}

async function readTtls(admin: Redis): Promise<Map<string, number>> {
  const keys = await admin.keys('*');
  return new Map(await Promise.all(keys.map(async (key) => [key, await admin.pttl(key)] as const)));
}

async function countFields(admin: Redis): Promise<number> {
  const keys = await admin.keys('*');
  const sizes = await Promise.all(keys.map((key) => admin.hlen(key)));
  return sizes.reduce((sum, size) => sum + size, 0);
}

/** Cuts the stored record short: the field of this session, in the hash of its partition (docs/decisions/0002). */
async function cutField(admin: Redis, id: string): Promise<void> {
  const [key] = await admin.keys(`*${id.slice(0, 16)}`);
  const field = id.slice(16);
  const value = key === undefined ? null : await admin.hgetBuffer(key, field);
  if (key === undefined || value === null) throw new Error('There is no such session in Redis.');
  await admin.hset(key, field, value.subarray(0, 5));
}
