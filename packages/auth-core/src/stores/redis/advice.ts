// Redis settings that waste memory or evict sessions, as sentences for the operator.

import type { RedisClient } from './client.ts';

/** bytes; docs/decisions/0002-one-hash-per-user.md. */
const COMPACT_VALUE = 1024;

/**
 * One sentence for each setting that should be changed; none where CONFIG GET is not allowed. Never throws.
 *
 * @example
 * for (const sentence of await adviseOnRedis(client)) log.warn(sentence);
 */
export async function adviseOnRedis(client: RedisClient): Promise<readonly string[]> {
  const [maxValue, policy] = await Promise.all([
    readSetting(client, 'hash-max-*-value', /^hash-max-(listpack|ziplist)-value$/),
    readSetting(client, 'maxmemory-policy', /^maxmemory-policy$/),
  ]);
  const advice: string[] = [];
  if (maxValue !== undefined && Number(maxValue) < COMPACT_VALUE) {
    advice.push(
      `Small sessions take up to 1.5 times the memory that they need: hash-max-listpack-value is ${maxValue}. ` +
        `Run CONFIG SET hash-max-listpack-value ${COMPACT_VALUE}, and set the same in redis.conf.`,
    );
  }
  if (policy !== undefined && policy !== 'noeviction') {
    advice.push(
      `Redis removes sessions when its memory is full: maxmemory-policy is ${policy}. ` +
        'Run CONFIG SET maxmemory-policy noeviction, and set the same in redis.conf.',
    );
  }
  return advice;
}

async function readSetting(client: RedisClient, pattern: string, name: RegExp): Promise<string | undefined> {
  try {
    const pairs = (await client.config('GET', pattern)) as readonly string[];
    const at = pairs.findIndex((word, index) => index % 2 === 0 && name.test(word));
    return at < 0 ? undefined : pairs[at + 1];
  } catch {
    return undefined;
  }
}
