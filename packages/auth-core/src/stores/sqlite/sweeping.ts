// Removes expired sessions in batches. Expiry does not depend on it: it only frees space.

import type { Clock } from '../../contracts/clock.ts';
import type { Sweeping } from '../../contracts/store.ts';
import type { Connection } from './connection.ts';
import { SWEEP_SIZE } from './writes.ts';

/** @param everyMs between two sweeps; 0 for no timer. The timer keeps no process alive. */
export function createSweeping({ hasExpired, write }: Connection, clock: Clock, everyMs: number) {
  let isSweeping = false;

  /** One transaction for each batch, so that other writes come in between. */
  async function sweep(): Promise<number> {
    let removed = 0;
    for (;;) {
      const count = await write('sweep', clock());
      removed += count;
      if (count < SWEEP_SIZE) return removed;
    }
  }

  /** With nothing to remove it takes no lock and writes nothing. A sweep that fails is tried again at the next tick. */
  async function sweepIfNeeded(): Promise<void> {
    if (isSweeping) return;
    isSweeping = true;
    try {
      if (hasExpired(clock())) await sweep();
    } catch {
      // The next request reports what is wrong with the file.
    } finally {
      isSweeping = false;
    }
  }

  const timer = everyMs === 0 ? undefined : setInterval(sweepIfNeeded, everyMs);
  timer?.unref();
  return { sweep, stop: () => clearInterval(timer) } satisfies Sweeping & { stop(): void };
}
