import { describe, expect, it } from 'vitest';
import { bucketOf, merged, percentileMs, toText } from '../src/histogram.ts';

const of = (...us: number[]) => toText(new Map(us.map((one) => [bucketOf(one), 1])));

describe('a histogram', () => {
  it('keeps a time to within 2.2%', () => {
    for (const us of [50, 999, 1_234, 77_777]) {
      const kept = 1000 * percentileMs(merged([of(us)]), 0.5);
      expect(Math.abs(kept / us - 1)).toBeLessThan(0.022);
    }
  });

  it('takes a percentile of all answers, not of percentiles', () => {
    const many = `${bucketOf(1_000)}:990`;
    const few = `${bucketOf(100_000)}:20`;
    expect(percentileMs(merged([many, few]), 0.5)).toBeCloseTo(1, 1);
    expect(percentileMs(merged([many, few]), 0.99)).toBeGreaterThan(95);
  });

  it('has no percentile of no answers', () => {
    expect(percentileMs(merged(['']), 0.5)).toBeNaN();
  });
});
