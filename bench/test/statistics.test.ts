import { describe, expect, it } from 'vitest';
import { quantile, spreadOf } from '../src/statistics.ts';

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

it('puts the median between the 10th and the 90th percentile', () => {
  expect(spreadOf([5, 1, 2, 4, 3])).toEqual({ low: 1.4, median: 3, high: 4.6 });
});
