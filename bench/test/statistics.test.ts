import { describe, expect, it } from 'vitest';
import { geometricMean, quantile, spreadOf } from '../src/statistics.ts';

describe('quantile', () => {
  it.each([
    [[3, 1, 2], 0.5, 2],
    [[1, 2, 3, 4], 0.5, 2.5],
    [[10, 20], 0.9, 19],
    [[7], 0.1, 7],
  ])('of %j at %d is %d', (values, share, expected) => {
    expect(quantile(values, share)).toBe(expected);
  });

  it('is no number of nothing', () => {
    expect(quantile([], 0.5)).toBeNaN();
  });
});

it('has a geometric mean that leaves out what is no positive number', () => {
  expect(geometricMean([2, 8, 0, Number.NaN, Number.POSITIVE_INFINITY])).toBeCloseTo(4, 10);
  expect(geometricMean([])).toBeNaN();
});

it('puts the median between the 10th and the 90th percentile', () => {
  expect(spreadOf([5, 1, 2, 4, 3])).toEqual({ low: 1.4, median: 3, high: 4.6 });
});
