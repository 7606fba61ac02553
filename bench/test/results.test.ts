import { expect, it } from 'vitest';
import { CONTENDERS, type Contender } from '../src/contenders.ts';
import { readPercentile } from '../src/load.ts';
import { parseProcessorMicros } from '../src/measure.ts';
import { computeBareMicros, computeMedian, createResult, hasSteadyBare } from '../src/results.ts';
import { createResults } from './fixture.ts';

it('takes the middle value as the median, or the mean of the two in the middle', () => {
  expect(computeMedian([30, 10, 20])).toBe(20);
  expect(computeMedian([40, 10, 30, 20])).toBe(25);
});

it('refuses the median of no values', () => {
  expect(() => computeMedian([])).toThrow(RangeError);
});

it('reads user and system time from /proc/<pid>/stat as µs, whatever the name of the program is', () => {
  const stat = (name: string) => `4242 (${name}) S 1 4242 4242 0 -1 4194304 9 8 7 6 150 50 3 2 20 0 11 0 99 1 2`;
  expect(parseProcessorMicros(stat('node'))).toBe(2_000_000);
  expect(parseProcessorMicros(stat('a) S 9 (b'))).toBe(2_000_000);
});

it('calls the bare route steady up to a twentieth between its two medians', () => {
  expect(hasSteadyBare(createResults({ bare: [20, 20, 90], 'bare-again': [21, 1, 21] }))).toBe(true);
  expect(hasSteadyBare(createResults({ bare: [20, 20, 20], 'bare-again': [21.1, 21.1, 21.1] }))).toBe(false);
});

it('calls a bare route that was measured once not steady', () => {
  expect(hasSteadyBare(createResults({ bare: [20, 20] }))).toBe(false);
});

it('takes the median of both series of the bare route together as the base', () => {
  expect(computeBareMicros(createResults({ bare: [20, 22], 'bare-again': [21, 30] }))).toBe(21.5);
});

it('merges the latencies of all rounds before it takes p99', () => {
  const latencies = (...counts: [number, number][]) => {
    const buckets = new Uint32Array(1_000);
    for (const [bucket, count] of counts) buckets[bucket] = count;
    return buckets;
  };
  const [bare] = CONTENDERS as [Contender, ...Contender[]];
  const samples = [
    { micros: 20, requestsPerSecond: 1, latencies: latencies([99, 1_000]) },
    { micros: 20, requestsPerSecond: 1, latencies: latencies([99, 970], [299, 30]) },
  ];
  expect(createResult(bare, samples).p99Ms).toBe(3);
  expect(readPercentile(latencies([99, 990], [199, 10]), 0.99)).toBe(1);
});
