// A bounded line in front of bcrypt: at most `concurrency` at work, at most `maxQueue` waiting, the rest refused at once.
//
// bcrypt runs on libuv's threads, which file reads and DNS lookups need as well. Without the line, a flood of sign-ins
// would take every thread and fill memory with work that nobody waits for any longer.

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
  /** ms, monotonic: measures how long one piece of work takes, for `retryAfter`. */
  readonly clock: () => number;
}

export function createHashingQueue({ concurrency, maxQueue, clock }: HashingQueueOptions): HashingQueue {
  const line: (() => void)[] = [];
  let running = 0;
  let refused = 0;
  let typicalMs = 100;

  function full(): AccountsError {
    refused += 1;
    const drainMs = ((line.length + running) / concurrency) * typicalMs;
    return new AccountsError('ERR_PASSWORD_QUEUE_FULL', { retryAfter: Math.max(1, Math.ceil(drainMs / 1000)) });
  }

  function enter(): Promise<void> | undefined {
    if (running < concurrency) {
      running += 1;
      return undefined;
    }
    if (line.length >= maxQueue) throw full();
    return new Promise((resolve) => line.push(resolve));
  }

  function leave(startedAt: number): void {
    typicalMs += (clock() - startedAt - typicalMs) / 8;
    const next = line.shift();
    // The place goes straight to the next in line, so that nobody slips in between.
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
      return line.length;
    },
    get refused() {
      return refused;
    },
  };
}
