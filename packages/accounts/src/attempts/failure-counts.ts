// The contract of a place where failed attempts are counted. attempts.ts uses it; memory-counts.ts, redis-counts.ts and
// sql-counts.ts implement it.
//
// Each key is a leaky bucket: it takes `limit` failures in a row; then one failure drains every windowMs / limit. So
// one number for a key is enough: when its bucket will be empty.

/** A value now, or a promise of it. */
export type Awaitable<T> = T | Promise<T>;

export interface Limit {
  /** Failures in a row, at least 1. */
  readonly limit: number;
  /** ms until a full bucket is empty. */
  readonly windowMs: number;
}

/** A thrown error means that the system failed, and that the outcome is unknown. */
export interface FailureCounts {
  /** Returns the ms until the bucket of the key is empty; 0 if it is. */
  read(key: string): Awaitable<number>;
  /**
   * Adds a failure if the bucket has room for it. Returns the ms until the bucket was empty before. Atomic: of
   * concurrent calls, also of other servers, each finds the failures of those before it.
   */
  add(key: string, limit: Limit): Awaitable<number>;
  /** Empties the bucket. */
  remove(key: string): Awaitable<void>;
}

/** Returns the ms in which one failure drains. */
export function computeDrainMs({ limit, windowMs }: Limit): number {
  return Math.max(1, Math.floor(windowMs / limit));
}

/** Returns the ms until the bucket has room for another failure; 0 if it has. */
export function computeWaitMs(emptyInMs: number, limit: Limit): number {
  return Math.max(0, emptyInMs + computeDrainMs(limit) - limit.windowMs);
}
