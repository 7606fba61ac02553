// Latencies as a histogram (Node's HDR histogram, in µs, three significant digits): merged, never averaged.

import { createHistogram } from 'node:perf_hooks';
import type { Percentiles } from '../contracts/report.ts';

export interface Latencies {
  /** ms */
  record(ms: number): void;
  /** Undefined without enough samples for this percentile (0–100). */
  percentile(p: number): number | null;
  summary(): Percentiles;
}

/** A percentile says something when at least ten samples lie above it; p99.9 is asked for 100,000. */
const SAMPLES_NEEDED: Readonly<Record<number, number>> = { 50: 1, 90: 100, 99: 1_000, 99.9: 100_000 };

/** The same of every other point of the curve. */
const countNeeded = (p: number) => SAMPLES_NEEDED[p] ?? (p > 99.9 ? 100_000 : Math.round(1_000 / (100 - p)));

const CURVE = [0, 10, 20, 30, 40, 50, 60, 70, 75, 80, 85, 90, 92.5, 95, 97.5, 98, 99, 99.5, 99.9, 99.95, 99.99];

export function createLatencies(): Latencies {
  const histogram = createHistogram({ figures: 3 });
  const at = (p: number) => (p === 0 ? histogram.min : histogram.percentile(p)) / 1000;
  const percentile = (p: number) => (histogram.count >= (SAMPLES_NEEDED[p] ?? 1) ? at(p) : null);
  return {
    record: (ms) => histogram.record(Math.max(1, Math.round(ms * 1000))),
    percentile,
    summary() {
      const { count } = histogram;
      const some = count > 0;
      const points = CURVE.filter((p) => count >= countNeeded(p));
      return {
        count,
        p50: percentile(50),
        p90: percentile(90),
        p99: percentile(99),
        p999: percentile(99.9),
        max: some ? histogram.max / 1000 : null,
        mean: some ? histogram.mean / 1000 : null,
        curve: some ? [...points.map((p): [number, number] => [p / 100, at(p)]), [1, histogram.max / 1000]] : [],
      };
    },
  };
}
