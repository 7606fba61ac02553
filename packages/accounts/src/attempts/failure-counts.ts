// How often something failed lately, by key, in bounded memory: a leaky bucket per key.
//
// A key may fail `limit` times at once; then one failure drains every windowMs / limit. Constant room per key, and no
// timer: what drained is computed when it is asked.

export interface FailureCounts {
  /** ms until this key may try again; 0 when it may now. */
  waitMs(key: string): number;
  /** ms until this key has not failed for a whole window; 0 when it has not. */
  cleanInMs(key: string): number;
  add(key: string): void;
  forget(key: string): void;
  readonly size: number;
}

export interface FailureCountsOptions {
  readonly limit: number;
  readonly windowMs: number;
  /** Keys kept at most; beyond it the one that failed longest ago is forgotten. */
  readonly maxKeys: number;
  readonly clock: () => number;
}

interface Bucket {
  readonly level: number;
  readonly failedAt: number;
}

export function createFailureCounts({ limit, windowMs, maxKeys, clock }: FailureCountsOptions): FailureCounts {
  // In the order of the last failure, so that the first one is always the one to forget.
  const buckets = new Map<string, Bucket>();
  const drainMs = windowMs / limit;

  function levelOf(key: string, now: number): number {
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
    waitMs: (key) => Math.max(0, levelOf(key, clock()) - (limit - 1)) * drainMs,

    cleanInMs(key) {
      const bucket = buckets.get(key);
      return bucket === undefined ? 0 : Math.max(0, windowMs - (clock() - bucket.failedAt));
    },

    add(key) {
      const now = clock();
      const level = levelOf(key, now) + 1;
      buckets.delete(key);
      buckets.set(key, { level, failedAt: now });
      makeRoom(now);
    },

    forget(key) {
      buckets.delete(key);
    },

    get size() {
      return buckets.size;
    },
  };
}
