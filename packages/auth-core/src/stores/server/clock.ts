// A store's clock: the time of the server that keeps the sessions (Redis, PostgreSQL), so that servers whose own clocks differ agree on every expiry.

import type { Clock } from '../../contracts/clock.ts';
import { AuthError } from '../../errors.ts';

/** The time is asked this often; the quickest answer counts. */
const SAMPLES = 5;

export interface ServerClock {
  /** @throws ERR_STORE_UNAVAILABLE before `set` has resolved for the first time. */
  readonly clock: Clock;
  isSet(): boolean;
  /**
   * Sets the clock: the server's time at the middle of the quickest round trip, continued by the monotonic clock of
   * this process. Its error is at most half of that round trip, plus what the monotonic clock drifts from the server's
   * since (well under 1 ms per second on a machine with NTP), plus 1 ms of rounding.
   * @throws what `readTime` throws; the clock then stays as it was
   */
  set(): Promise<void>;
}

interface Sample {
  /** The server's ms at the monotonic moment 0. */
  readonly origin: number;
  readonly roundTripMs: number;
}

/** @param readTime asks the server; ms since the epoch, with fractions. */
export function createServerClock(readTime: () => Promise<number>): ServerClock {
  let origin: number | undefined;

  async function takeSample(): Promise<Sample> {
    const asked = performance.now();
    const ms = await readTime();
    const answered = performance.now();
    return { origin: ms - (asked + answered) / 2, roundTripMs: answered - asked };
  }

  return {
    clock() {
      if (origin !== undefined) return Math.floor(origin + performance.now());
      throw new AuthError('ERR_STORE_UNAVAILABLE', "The store's clock is not set yet. Await store.ready() first.");
    },
    isSet: () => origin !== undefined,
    async set() {
      let best = await takeSample();
      for (let taken = 1; taken < SAMPLES; taken++) {
        const next = await takeSample();
        if (next.roundTripMs < best.roundTripMs) best = next;
      }
      origin = best.origin;
    },
  };
}
