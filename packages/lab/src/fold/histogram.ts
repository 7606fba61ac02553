// Latencies as a histogram (the HDR histogram of Node, in µs, three significant digits): merged, never averaged.

import { createHistogram } from 'node:perf_hooks';
import type { Percentiles } from '../contracts/report.ts';

/** A percentile needs at least ten samples above it; p99.9 needs 100,000. */
const SAMPLES_NEEDED: Readonly<Record<number, number>> = { 50: 1, 90: 100, 99: 1_000, 99.9: 100_000 };

const countNeeded = (p: number) => SAMPLES_NEEDED[p] ?? (p > 99.9 ? 100_000 : Math.round(1_000 / (100 - p)));

const CURVE = [0, 10, 20, 30, 40, 50, 60, 70, 75, 80, 85, 90, 92.5, 95, 97.5, 98, 99, 99.5, 99.9, 99.95, 99.99];

export function createLatencies() {
  const histogram = createHistogram({ figures: 3 });
  const read = (p: number) => (p === 0 ? histogram.min : histogram.percentile(p)) / 1000;
  const readIfKnown = (p: number) => (histogram.count >= countNeeded(p) ? read(p) : null);
  return {
    record: (ms: number) => histogram.record(Math.max(1, Math.round(ms * 1000))),
    summarize(): Percentiles {
      const { count } = histogram;
      const points = CURVE.filter((p) => count >= countNeeded(p));
      const max = count === 0 ? null : histogram.max / 1000;
      return {
        count,
        p50: readIfKnown(50),
        p90: readIfKnown(90),
        p99: readIfKnown(99),
        p999: readIfKnown(99.9),
        max,
        mean: count === 0 ? null : histogram.mean / 1000,
        curve: max === null ? [] : [...points.map((p): [number, number] => [p / 100, read(p)]), [1, max]],
      };
    },
  };
}
