// A clock that only moves when a check moves it.

import type { Clock } from '@statecraft/auth-core';

/** ms. */
export const HOUR = 3_600_000;
const START = Date.UTC(2026, 0, 1);

export interface ManualClock extends Clock {
  /** Moves the clock by so many ms, backwards if negative. */
  advance(ms: number): void;
}

export function createManualClock(start = START): ManualClock {
  let now = start;
  return Object.assign(() => now, {
    advance(ms: number) {
      now += ms;
    },
  });
}
