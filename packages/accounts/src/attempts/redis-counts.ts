// Counts failures in Redis, for all servers together. The TTL of a key is the time until its bucket is empty, so Redis'
// own clock decides, and nothing stays behind. Each command has one key: it works on a Cluster, too.
//
// A bucket is a hash because the Redis user of infra/secrets.sh may use hashes only.

import { computeDrainMs, type FailureCounts } from './failure-counts.ts';

/** The methods of an ioredis client, Redis or Cluster, that are used. */
export interface CountsClient {
  eval(script: string, keys: number, ...args: (string | number)[]): Promise<unknown>;
  pttl(key: string): Promise<number>;
  hdel(key: string, field: string): Promise<number>;
}

export interface RedisCountsOptions {
  readonly client: CountsClient;
  /** The beginning of every key. */
  readonly prefix: string;
}

/** ARGV: ms in which one failure drains, ms of a full bucket. Answers the ms until the bucket was empty before. */
const ADD = `
local before = math.max(redis.call('PTTL', KEYS[1]), 0)
if before + ARGV[1] <= tonumber(ARGV[2]) then
  redis.call('HSET', KEYS[1], 'failed', 1)
  redis.call('PEXPIRE', KEYS[1], before + ARGV[1])
end
return before
`;

export function createRedisCounts({ client, prefix }: RedisCountsOptions): FailureCounts {
  return {
    read: async (key) => Math.max(0, await client.pttl(prefix + key)),

    add: async (key, limit) => Number(await client.eval(ADD, 1, prefix + key, computeDrainMs(limit), limit.windowMs)),

    async remove(key) {
      await client.hdel(prefix + key, 'failed');
    },
  };
}
