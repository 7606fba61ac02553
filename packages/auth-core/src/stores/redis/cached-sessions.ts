// What the tracked cache holds: sessions that were read, within limits, and the reads in flight. It knows nothing about
// Redis; tracked.ts reports what was written.
//
//   miss ── begin(id) ──> Redis ── end(read, session) ──> cached, unless forget(owner) or clear() came in between:
//                                                         then the answer may be older than the write, and is not kept

import { type CacheLimits, createBoundedCache } from '../../bounded-cache.ts';
import type { SessionRecord } from '../../contracts/store.ts';
import { PARTITION_LENGTH } from '../../session-token.ts';
import { measureRecord } from '../memory/table.ts';

export interface CachedSessionsOptions extends CacheLimits {
  /** ms after which an entry is not answered any more. */
  readonly maxStaleMs: number;
}

/** The reads in flight of one user that no write has overtaken. */
export interface ReadsInFlight {
  readonly partition: string;
  count: number;
}

export interface CachedSessions {
  /** The session, unless it was read longer than maxStaleMs ago. `now`: monotonic ms. */
  find(id: string, now: number): SessionRecord | undefined;
  begin(id: string): ReadsInFlight;
  /** Ends a read that began at `readAt` (monotonic ms), and keeps what it found unless a write overtook it. */
  end(reads: ReadsInFlight, session: SessionRecord | undefined, readAt: number): void;
  /** Removes all sessions of a user, and overtakes the user's reads. `owner`: the partition, or the id of a session. */
  forget(owner: string): void;
  clear(): void;
  stats(): { readonly entries: number; readonly bytes: number; readonly evictions: number };
}

/** bytes of heap for an entry beside its record, at most: its places in the cache, the index and the user's group. */
const ENTRY_BYTES = 500;

export function createCachedSessions({ maxStaleMs, ...limits }: CachedSessionsOptions): CachedSessions {
  const cache = createBoundedCache<{ readonly session: SessionRecord; readonly until: number }>({
    ...limits,
    readGroup: readPartition,
  });
  const inFlight = new Map<string, ReadsInFlight>();

  return {
    find(id, now) {
      const entry = cache.get(id);
      return entry === undefined || now >= entry.until ? undefined : entry.session;
    },

    begin(id) {
      const partition = readPartition(id);
      const reads = inFlight.get(partition) ?? { partition, count: 0 };
      reads.count++;
      inFlight.set(partition, reads);
      return reads;
    },

    end(reads, session, readAt) {
      const { partition } = reads;
      reads.count--;
      if (inFlight.get(partition) !== reads) return;
      if (reads.count === 0) inFlight.delete(partition);
      if (session === undefined) return;
      const bytes = measureRecord(session) + ENTRY_BYTES;
      cache.set(session.id, { session: freezeRecord(session), until: readAt + maxStaleMs }, bytes);
    },

    forget(owner) {
      const partition = readPartition(owner);
      inFlight.delete(partition);
      cache.removeGroup(partition);
    },

    clear() {
      inFlight.clear();
      cache.clear();
    },

    stats: cache.stats,
  };
}

const readPartition = (owner: string): string => owner.slice(0, PARTITION_LENGTH);

/** Many requests get the same record. */
function freezeRecord(session: SessionRecord): SessionRecord {
  Object.freeze(session.subject?.roles);
  Object.freeze(session.subject);
  return Object.freeze(session);
}
