// Removes all sessions of a prefix, for `npm run cleanup`. It scans the whole server: not for the path of a request.

import type { Redis } from 'ioredis';
import { AuthError } from '../../errors.ts';
import { isCluster, type RedisClient } from './client.ts';

const PARTITION = /^[A-Za-z0-9_-]{16}$/;

/**
 * Unlinks every key that is the prefix and a partition, and no other: "sess:" leaves "sess:old:…" alone.
 * @returns how many users' hashes were removed
 * @throws ERR_OPTION_INVALID for an empty prefix
 */
export async function deleteSessionsByPrefix(client: RedisClient, prefix: string): Promise<number> {
  if (prefix === '') {
    throw new AuthError(
      'ERR_OPTION_INVALID',
      'An empty prefix is refused: it could delete the keys of other programs.',
    );
  }
  const nodes = isCluster(client) ? client.nodes('master') : [client];
  let deleted = 0;
  for (const node of nodes) deleted += await deleteOnNode(node, prefix);
  return deleted;
}

async function deleteOnNode(node: Redis, prefix: string): Promise<number> {
  const match = `${prefix.replace(/[*?[\]\\]/g, '\\$&')}*`;
  let deleted = 0;
  for await (const keys of node.scanStream({ match, count: 500 })) {
    const found = (keys as string[]).filter((key) => PARTITION.test(key.slice(prefix.length)));
    // One key for each command: in a Cluster the keys of a page lie in different slots.
    const counts = await Promise.all(found.map((key) => node.unlink(key)));
    deleted += counts.reduce((sum, count) => sum + count, 0);
  }
  return deleted;
}
