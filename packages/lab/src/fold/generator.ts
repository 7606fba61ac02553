// How good the generator itself was: beyond these bounds a figure says more about the generator than about the servers.

import type { GeneratorEvent } from '../contracts/events.ts';
import type { Generator } from '../contracts/report.ts';
import { createLatencies } from './histogram.ts';

const BOUNDS = { cpu: 0.95, droppedShare: 0.001 };

/**
 * ms. The share of a core is over the whole timed load of a part, and over this time where that was shorter: ten requests of a
 * process that is still compiling take 125 % of a core for 40 ms, and no request waits for it.
 */
const CPU_OVER_MS = 500;

export function createGeneratorFold(latenessBoundMs: number) {
  const lateness = createLatencies();
  let cpuMs = 0;
  let watchedMs = 0;
  let eventLoopDelayP99 = 0;
  return {
    add({ ms = CPU_OVER_MS, warmUp, ...event }: GeneratorEvent): void {
      if (warmUp) return;
      cpuMs += event.cpu * ms;
      watchedMs += ms;
      eventLoopDelayP99 = Math.max(eventLoopDelayP99, event.eventLoopDelayP99);
    },
    addLateness: lateness.record,
    summarize(dropped: number): Generator {
      const { p50, p99, max, count } = lateness.summarize();
      const cpu = cpuMs / Math.max(watchedMs, CPU_OVER_MS);
      // With few samples the slowest one is the p99.
      const latenessP99 = p99 ?? max;
      const believable =
        (latenessP99 ?? 0) <= latenessBoundMs && cpu <= BOUNDS.cpu && dropped <= count * BOUNDS.droppedShare;
      return { cpu, eventLoopDelayP99, latenessP50: p50, latenessP99, latenessMax: max, dropped, believable };
    },
  };
}
