import { describe, expect, it } from 'vitest';
import { quantile, ratios, spreadOf } from '../src/statistics.ts';

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

describe('ratios', () => {
  it('are taken within each round, so that a machine that slows down between rounds changes none', () => {
    const side = new Map([
      [1, 50],
      [2, 10],
    ]);
    const bare = new Map([
      [1, 100],
      [2, 20],
    ]);
    expect(ratios(side, bare)).toEqual([0.5, 0.5]);
  });

  it('leave out a round in which one of the two is missing', () => {
    expect(ratios(new Map([[1, 5]]), new Map([[2, 5]]))).toEqual([]);
  });
});

it('puts the median between the 10th and the 90th percentile', () => {
  expect(spreadOf([5, 1, 2, 4, 3])).toEqual({ low: 1.4, median: 3, high: 4.6 });
});
