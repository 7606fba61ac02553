// Times of answers in buckets that grow by 4.4% (sixteen to a doubling), so that histograms of several runs can be added up
// and a percentile is taken once, of all. Kept as text: `bucket:count`, with spaces.

export type Histogram = ReadonlyMap<number, number>;

const PER_DOUBLING = 16;

export const bucketOf = (us: number): number => Math.round(PER_DOUBLING * Math.log2(Math.max(1, us)));

const usOf = (bucket: number): number => 2 ** (bucket / PER_DOUBLING);

export const toText = (histogram: Histogram): string =>
  [...histogram]
    .sort(([one], [other]) => one - other)
    .map(([bucket, count]) => `${bucket}:${count}`)
    .join(' ');

export function merged(texts: readonly string[]): Histogram {
  const sum = new Map<number, number>();
  for (const pair of texts.flatMap((text) => text.split(' '))) {
    const [bucket, count] = pair.split(':').map(Number);
    if (bucket !== undefined && count !== undefined) sum.set(bucket, (sum.get(bucket) ?? 0) + count);
  }
  return sum;
}

/** ms within which this share of the answers came, to 2%; NaN of none. */
export function percentileMs(histogram: Histogram, share: number): number {
  const buckets = [...histogram].sort(([one], [other]) => one - other);
  let left = share * buckets.reduce((sum, [, count]) => sum + count, 0);
  for (const [bucket, count] of buckets) {
    left -= count;
    if (left <= 0) return usOf(bucket) / 1000;
  }
  return Number.NaN;
}
