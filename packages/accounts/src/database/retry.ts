// Tries again what may succeed a moment later, without blocking the event loop.

import { setTimeout as delay } from 'node:timers/promises';

export interface RetryOptions {
  /** ms after which the last error is thrown. */
  readonly withinMs: number;
  /** Whether another try may help. */
  readonly isPassing: (error: unknown) => boolean;
  /** ms before the second try; doubled before each further one. */
  readonly firstPauseMs: number;
  readonly longestPauseMs: number;
}

export async function retry<T>(attempt: () => Promise<T>, options: RetryOptions): Promise<T> {
  const { withinMs, isPassing, firstPauseMs, longestPauseMs } = options;
  const end = performance.now() + withinMs;
  for (let pause = firstPauseMs; ; pause = Math.min(2 * pause, longestPauseMs)) {
    try {
      return await attempt();
    } catch (error) {
      const left = end - performance.now();
      if (left <= 0 || !isPassing(error)) throw error;
      await delay(Math.min(pause, left));
    }
  }
}
