// Counts failures for all servers together, and by this server alone while the shared counts cannot be reached.
//
//   add ──> this server's own counts, always ──> the shared ones, whose answer decides if there is one
//
// Every failure is in the server's own counts too. So an outage gives no attempts back that were used up at this
// server.

import type { Awaitable, FailureCounts } from './failure-counts.ts';

export interface SharedCountsOptions {
  readonly shared: FailureCounts;
  /** This server's own. */
  readonly own: FailureCounts;
  /** Monotonic time in ms. */
  readonly clock: () => number;
  /** Without an answer by then, the own counts decide, ms. Default 250. */
  readonly deadlineMs?: number;
  /** Called when the shared counts fail, with the reason, and when they are back, without one. */
  readonly onChange?: (failure: unknown) => void;
}

/** Logs each change in one line: what happened, why, and what follows. */
export function createCountsLog(log: { warn(text: string): void }): (failure: unknown) => void {
  return (failure) => {
    const reason = (failure instanceof Error ? failure.message : String(failure)).replace(/\.$/, '');
    const alone = `Attempts are counted by this server alone: the shared counts cannot be reached (${reason}).`;
    log.warn(failure === undefined ? 'Attempts are counted for all servers together again.' : alone);
  };
}

const SHARED_COUNTS_DEFAULTS = { deadlineMs: 250, retryMs: 1_000 } as const;

export function createSharedCounts({ shared, own, clock, ...options }: SharedCountsOptions): FailureCounts {
  const { deadlineMs, retryMs } = { ...SHARED_COUNTS_DEFAULTS, ...options };
  /** When to ask again; undefined while the shared counts answer. */
  let retryAt: number | undefined;

  /** Returns undefined if the shared counts cannot answer. */
  async function askShared<T>(call: (counts: FailureCounts) => Awaitable<T>): Promise<{ answer: T } | undefined> {
    if (retryAt !== undefined && clock() < retryAt) return undefined;
    try {
      const answer = await settleWithin(deadlineMs, call(shared));
      if (retryAt !== undefined) options.onChange?.(undefined);
      retryAt = undefined;
      return { answer };
    } catch (error) {
      if (retryAt === undefined) options.onChange?.(error);
      retryAt = clock() + retryMs;
      return undefined;
    }
  }

  return {
    async read(key) {
      const found = await askShared((counts) => counts.read(key));
      return found === undefined ? own.read(key) : found.answer;
    },

    async add(key, limit) {
      const before = await own.add(key, limit);
      const found = await askShared((counts) => counts.add(key, limit));
      return found === undefined ? before : found.answer;
    },

    async remove(key) {
      await own.remove(key);
      await askShared((counts) => counts.remove(key));
    },
  };
}

function settleWithin<T>(ms: number, work: Awaitable<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`no answer within ${ms} ms`)), ms);
    Promise.resolve(work)
      .then(resolve, reject)
      .finally(() => clearTimeout(timer));
  });
}
