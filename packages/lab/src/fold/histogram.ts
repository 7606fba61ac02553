// Latencies as a histogram (the HDR histogram of Node, in µs, three significant digits).

import { createHistogram } from 'node:perf_hooks';
import type { Percentiles } from '../contracts/report.ts';

/** A percentile needs at least ten samples above it; p99.9 needs 100,000. */
const SAMPLES_NEEDED = { 50: 1, 90: 100, 99: 1_000, 99.9: 100_000 };

/** `times`: ms */
export function summarizeLatencies(times: readonly number[]): Percentiles {
  const histogram = createHistogram({ figures: 3 });
  for (const ms of times) histogram.record(Math.max(1, Math.round(ms * 1000)));
  const { count } = histogram;
  const readIfKnown = (p: keyof typeof SAMPLES_NEEDED) =>
    count >= SAMPLES_NEEDED[p] ? histogram.percentile(p) / 1000 : null;
  return {
    count,
    p50: readIfKnown(50),
    p90: readIfKnown(90),
    p99: readIfKnown(99),
    p999: readIfKnown(99.9),
    max: count === 0 ? null : histogram.max / 1000,
    mean: count === 0 ? null : histogram.mean / 1000,
  };
}
