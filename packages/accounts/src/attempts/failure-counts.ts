// Counts recent failures per key in bounded memory: a leaky bucket for each key.
//
// A key may fail `limit` times in a row; then one failure drains every windowMs / limit. Each key takes constant room,
// and there is no timer: the level is computed when it is read.

export interface FailureCounts {
  /** Returns the ms until this key may try again; 0 if it may now. */
  getWaitMs(key: string): number;
  /** Returns the ms until this key has been without a failure for a whole window; 0 if it already has. */
  getMsUntilClean(key: string): number;
  add(key: string): void;
  remove(key: string): void;
  readonly size: number;
}

export interface FailureCountsOptions {
  readonly limit: number;
  readonly windowMs: number;
  /** The largest number of keys. Beyond it the key with the oldest failure is dropped. */
  readonly maxKeys: number;
  readonly clock: () => number;
}

interface Bucket {
  readonly level: number;
  readonly failedAt: number;
}

export function createFailureCounts({ limit, windowMs, maxKeys, clock }: FailureCountsOptions): FailureCounts {
  // In the order of the last failure, so the first key is always the one to drop.
  const buckets = new Map<string, Bucket>();
  const drainMs = windowMs / limit;

  function computeLevel(key: string, now: number): number {
    const bucket = buckets.get(key);
    return bucket === undefined ? 0 : Math.max(0, bucket.level - (now - bucket.failedAt) / drainMs);
  }

  function makeRoom(now: number): void {
    for (const [key, { failedAt }] of buckets) {
      if (buckets.size <= maxKeys && now - failedAt < windowMs) return;
      buckets.delete(key);
    }
  }

  return {
    getWaitMs: (key) => Math.max(0, computeLevel(key, clock()) - (limit - 1)) * drainMs,

    getMsUntilClean(key) {
      const bucket = buckets.get(key);
      return bucket === undefined ? 0 : Math.max(0, windowMs - (clock() - bucket.failedAt));
    },

    add(key) {
      const now = clock();
      const level = computeLevel(key, now) + 1;
      buckets.delete(key);
      buckets.set(key, { level, failedAt: now });
      makeRoom(now);
    },

    remove(key) {
      buckets.delete(key);
    },

    get size() {
      return buckets.size;
    },
  };
}
