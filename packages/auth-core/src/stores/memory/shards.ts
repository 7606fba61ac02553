// Where the sessions stand: many small Maps in place of a large one. A Map of 1,000,000 stops the process for 50 ms when
// it grows and for 25 ms when it shrinks; of 256 Maps each does so in a fraction of a millisecond.
//
// All sessions of a user begin with the same partition, so they and the user's index are in one shard.

import { partitionOf } from '../../session-token.ts';
import type { Entry } from './entry.ts';

export interface Shard {
  readonly sessions: Map<string, Entry>;
  /** The ids of a user in the order of their creation. Most users have one session, and it stands there alone. */
  readonly byUser: Map<string, string | readonly string[]>;
  /** Where a session went that was rotated a moment ago, oldest first. */
  readonly moved: Map<string, { readonly to: string; readonly until: number }>;
}

/** A power of two. */
const SHARDS = 256;

export type Shards = readonly Shard[];

export function createShards(): Shards {
  return Array.from({ length: SHARDS }, () => ({ sessions: new Map(), byUser: new Map(), moved: new Map() }));
}

/** The shard of an id, whatever text it is. */
export function shardOf(shards: Shards, id: string): Shard {
  return shards[(id.charCodeAt(0) * 31 + id.charCodeAt(1)) & (SHARDS - 1)] as Shard;
}

export function shardOfUser(shards: Shards, userId: string): Shard {
  return shardOf(shards, partitionOf(userId));
}

export function idsOf({ byUser }: Shard, userId: string): readonly string[] {
  const known = byUser.get(userId);
  if (known === undefined) return [];
  return typeof known === 'string' ? [known] : known;
}

export function addToIndex({ byUser }: Shard, userId: string, id: string): void {
  const known = byUser.get(userId);
  if (known === undefined) byUser.set(userId, id);
  else byUser.set(userId, typeof known === 'string' ? [known, id] : [...known, id]);
}

export function removeFromIndex(shard: Shard, userId: string, id: string): void {
  const rest = idsOf(shard, userId).filter((known) => known !== id);
  const [only] = rest;
  if (only === undefined) shard.byUser.delete(userId);
  else shard.byUser.set(userId, rest.length === 1 ? only : rest);
}
