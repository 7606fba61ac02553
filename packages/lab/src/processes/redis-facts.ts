// What a Redis says of itself: for the environment, for the weight of sessions, and as proof of a restart.

import { Redis } from 'ioredis';

export interface RedisFacts {
  readonly version: string;
  /** Another one after every start. */
  readonly runId: string;
  readonly pid: number;
  /** What the data and their bookkeeping take. */
  readonly usedBytes: number;
  readonly commands: number;
}

/** @throws when it does not answer within 2 s. */
export async function readRedisFacts(url: string): Promise<RedisFacts> {
  const redis = new Redis(url, { lazyConnect: true, connectTimeout: 2_000, retryStrategy: () => null });
  redis.on('error', () => undefined);
  try {
    await redis.connect();
    const info = await redis.info();
    const field = (name: string) => new RegExp(`^${name}:(.*?)\\r?$`, 'm').exec(info)?.[1] ?? '';
    const valkey = field('valkey_version');
    return {
      version: valkey === '' ? `Redis ${field('redis_version')}` : `Valkey ${valkey}`,
      runId: field('run_id'),
      pid: Number(field('process_id')),
      usedBytes: Number(field('used_memory')),
      commands: Number(field('total_commands_processed')),
    };
  } finally {
    redis.disconnect();
  }
}
