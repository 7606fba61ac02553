// What of the server's settings costs sessions their room or their life, in words for whoever runs it. Asked at boot; a
// user who may not ask is told nothing, and so is one whose server is as it should be.

import type { RedisClient } from './client.ts';

/** bytes; docs/decisions/0002-one-hash-per-user.md. */
const COMPACT_VALUE = 1024;

/** @returns one sentence for each setting; none where CONFIG GET is not allowed. Never throws. */
export async function adviseOnRedis(client: RedisClient): Promise<readonly string[]> {
  const [longest, policy] = await Promise.all([
    settingOf(client, 'hash-max-*-value', /^hash-max-(listpack|ziplist)-value$/),
    settingOf(client, 'maxmemory-policy', /^maxmemory-policy$/),
  ]);
  return [
    ...(longest !== undefined && Number(longest) < COMPACT_VALUE
      ? [
          `Redis keeps small sessions in up to 1.5 times the memory that they need: hash-max-listpack-value is ${longest}. ` +
            `Mend it: CONFIG SET hash-max-listpack-value ${COMPACT_VALUE}, and the same in redis.conf.`,
        ]
      : []),
    ...(policy !== undefined && policy !== 'noeviction'
      ? [
          `Redis signs people out when its memory is full: maxmemory-policy is ${policy}. ` +
            'Mend it: CONFIG SET maxmemory-policy noeviction, and the same in redis.conf.',
        ]
      : []),
  ];
}

async function settingOf(client: RedisClient, pattern: string, name: RegExp): Promise<string | undefined> {
  try {
    const pairs = (await client.config('GET', pattern)) as readonly string[];
    const at = pairs.findIndex((word, index) => index % 2 === 0 && name.test(word));
    return at < 0 ? undefined : pairs[at + 1];
  } catch {
    return undefined;
  }
}
