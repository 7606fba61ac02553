// From the points of both growth sections to one row each. It prints nothing.

import { merged, percentileMs } from './histogram.ts';
import { isSound, type Measured } from './measured.ts';
import type { AllResults } from './results.ts';
import type { GrowthPoint, GrowthStore } from './sections/growth.ts';
import { median } from './statistics.ts';
import { rateOf, sharesOf } from './summary.ts';

export interface GrowthRow {
  readonly store: GrowthStore;
  readonly sessions: number;
  readonly bytes: number;
  readonly perSecond: number;
  /** Of the bare route, slice by slice; NaN, as are the times, when no slice was sound. */
  readonly share: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly taken: number;
}

const pointsOf = (results: AllResults): GrowthPoint[] => [
  ...(results['growth-memory']?.result ?? []),
  ...(results['growth-redis']?.result ?? []),
];

export const growthRows = (results: AllResults): GrowthRow[] =>
  pointsOf(results).flatMap((point) => (point.measured ? [rowOf(point, point.measured)] : []));

export const leftOut = (results: AllResults): GrowthPoint[] =>
  pointsOf(results).filter((point) => point.leftOut !== undefined);

function rowOf({ store, sessions, bytes, taken = 0 }: GrowthPoint, measured: Measured): GrowthRow {
  const times = merged([measured.histogram]);
  // Disturbed slices have times, too, and those are not the server's.
  const sound = measured.pairs.some(isSound);
  return {
    store,
    sessions,
    bytes,
    taken,
    perSecond: rateOf(measured),
    share: median(sharesOf([measured])),
    p50Ms: sound ? percentileMs(times, 0.5) : Number.NaN,
    p99Ms: sound ? percentileMs(times, 0.99) : Number.NaN,
  };
}
