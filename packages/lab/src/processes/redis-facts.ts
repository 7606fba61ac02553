// What Redis reports about itself: for the environment, for the weight of sessions, and as the proof of a restart.

import { Redis } from 'ioredis';

export interface RedisFacts {
  readonly version: string;
  /** Differs after every start. */
  readonly runId: string;
  readonly pid: number;
  /** Bytes of the data and their bookkeeping. */
  readonly usedBytes: number;
}

/** @throws when it does not answer within 2 s. */
export async function readRedisFacts(url: string): Promise<RedisFacts> {
  const info = String(await sendToRedis(url, 'INFO'));
  const readField = (name: string) => new RegExp(`^${name}:(.*?)\\r?$`, 'm').exec(info)?.[1] ?? '';
  const valkey = readField('valkey_version');
  return {
    version: valkey === '' ? `Redis ${readField('redis_version')}` : `Valkey ${valkey}`,
    runId: readField('run_id'),
    pid: Number(readField('process_id')),
    usedBytes: Number(readField('used_memory')),
  };
}

/** One command on a connection of its own, to a server, a Sentinel or a node of a Cluster. @throws as above */
export async function sendToRedis(url: string, command: string, ...args: readonly string[]): Promise<unknown> {
  const options = { lazyConnect: true, connectTimeout: 2_000, commandTimeout: 2_000, retryStrategy: () => null };
  const redis = new Redis(url, options);
  redis.on('error', () => undefined);
  try {
    await redis.connect();
    return await redis.call(command, ...args);
  } finally {
    redis.disconnect();
  }
}
