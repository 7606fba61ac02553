// A bounded queue in front of bcrypt: at most `concurrency` tasks run, at most `maxQueue` wait, and further ones are
// refused immediately.
//
// bcrypt runs on libuv's threads, which file reads and DNS lookups need as well. Without the queue, a flood of sign-ins
// would take every thread and fill memory with work whose clients have given up.

import { AccountsError } from '../errors.ts';

export interface HashingQueue {
  /** Runs `work` when its turn comes. @throws ERR_PASSWORD_QUEUE_FULL with `retryAfter` */
  run<T>(work: () => Promise<T>): Promise<T>;
  readonly running: number;
  readonly waiting: number;
  readonly refused: number;
}

export interface HashingQueueOptions {
  readonly concurrency: number;
  readonly maxQueue: number;
  /** Monotonic time in ms. Measures how long one task takes, for `retryAfter`. */
  readonly clock: () => number;
}

export function createHashingQueue({ concurrency, maxQueue, clock }: HashingQueueOptions): HashingQueue {
  const waiters: (() => void)[] = [];
  let running = 0;
  let refused = 0;
  let typicalMs = 100;

  function createFullError(): AccountsError {
    refused += 1;
    const drainMs = ((waiters.length + running) / concurrency) * typicalMs;
    return new AccountsError('ERR_PASSWORD_QUEUE_FULL', { retryAfter: Math.max(1, Math.ceil(drainMs / 1000)) });
  }

  function enter(): Promise<void> | undefined {
    if (running < concurrency) {
      running += 1;
      return undefined;
    }
    if (waiters.length >= maxQueue) throw createFullError();
    return new Promise((resolve) => waiters.push(resolve));
  }

  function leave(startedAt: number): void {
    typicalMs += (clock() - startedAt - typicalMs) / 8;
    const next = waiters.shift();
    // The slot goes directly to the next waiter, so a later task cannot overtake it.
    if (next === undefined) running -= 1;
    else next();
  }

  return {
    async run(work) {
      await enter();
      const startedAt = clock();
      try {
        return await work();
      } finally {
        leave(startedAt);
      }
    },
    get running() {
      return running;
    },
    get waiting() {
      return waiters.length;
    },
    get refused() {
      return refused;
    },
  };
}
