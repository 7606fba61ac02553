// Counts failures in the memory of this process, in bounded room. There is no timer: a bucket is computed when it is
// read.

import { computeDrainMs, computeWaitMs, type FailureCounts } from './failure-counts.ts';

export interface MemoryCountsOptions {
  /** The largest number of keys, about 150 bytes each. Beyond it the key with the oldest failure is dropped. */
  readonly maxKeys: number;
  /** Monotonic time in ms. */
  readonly clock: () => number;
}

export interface MemoryCounts extends FailureCounts {
  read(key: string): number;
  add(...args: Parameters<FailureCounts['add']>): number;
  remove(key: string): void;
  readonly size: number;
}

export function createMemoryCounts({ maxKeys, clock }: MemoryCountsOptions): MemoryCounts {
  // When each bucket will be empty, in the order of the last failure: the first key is always the one to drop.
  const emptyAt = new Map<string, number>();

  const read = (key: string): number => Math.max(0, (emptyAt.get(key) ?? 0) - clock());

  function makeRoom(): void {
    for (const [key, time] of emptyAt) {
      if (emptyAt.size <= maxKeys && time > clock()) return;
      emptyAt.delete(key);
    }
  }

  return {
    read,

    add(key, limit) {
      const before = read(key);
      if (computeWaitMs(before, limit) > 0) return before;
      emptyAt.delete(key);
      emptyAt.set(key, clock() + before + computeDrainMs(limit));
      makeRoom();
      return before;
    },

    remove(key) {
      emptyAt.delete(key);
    },

    get size() {
      return emptyAt.size;
    },
  };
}
