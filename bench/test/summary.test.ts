import { describe, expect, it } from 'vitest';
import { bucketOf } from '../src/histogram.ts';
import type { Pair } from '../src/measured.ts';
import type { Run } from '../src/rounds.ts';
import { SIDES } from '../src/sides.ts';
import { type Row, summarise } from '../src/summary.ts';

const pair = (own: number, bare: number, ownCpuMs = 900): Pair => ({
  own: { requests: own, seconds: 1, cpuMs: ownCpuMs },
  bare: { requests: bare, seconds: 1, cpuMs: 1000 },
});

const run = (side: string, round: number, pairs: Pair[], more: Partial<Run> = {}): Run => ({
  side,
  round,
  pairs,
  histogram: `${bucketOf(1_000)}:10`,
  not2xx: 0,
  errors: 0,
  wrong: [],
  ...more,
});

const rowOf = (name: string, runs: Run[]): Row | undefined => summarise(SIDES, runs).find((row) => row.name === name);

describe('a share of bare', () => {
  it('has pair by pair what a machine that slows down between them does not change', () => {
    const row = rowOf('memory', [run('memory', 1, [pair(50, 100), pair(5, 10)])]);
    expect(row?.spread).toEqual({ low: 0.5, median: 0.5, high: 0.5 });
  });

  it('is a mean over rounds, in which each counts once', () => {
    const [half, eighth] = [pair(50, 100), pair(10, 80)];
    const row = rowOf('memory', [run('memory', 1, [half, half, half]), run('memory', 2, [eighth])]);
    expect(row?.share.mean).toBeCloseTo(0.25, 10);
  });

  it('is taken of all bare servers of the round', () => {
    const beside = run('jwt', 1, [pair(1, 400)]);
    const later = run('jwt', 2, [pair(1, 7)]);
    expect(rowOf('memory', [run('memory', 1, [pair(50, 100)]), beside, later])?.share.mean).toBeCloseTo(0.25, 10);
  });

  it('has the interval that the runs leave open, and none of two', () => {
    const runs = [40, 50, 60].map((own, at) => run('memory', at + 1, [pair(own, 100)]));
    const { low = 0, mean = 0, high = 0 } = rowOf('memory', runs)?.share ?? {};
    expect([low, mean, high].map((value) => value.toFixed(3))).toEqual(['0.298', '0.493', '0.817']);
    expect(rowOf('memory', runs.slice(1))?.share.high).toBe(Number.POSITIVE_INFINITY);
  });

  it('by processor time leaves out what others took', () => {
    expect(rowOf('memory', [run('memory', 1, [pair(45, 100)])])?.cpuShare?.mean).toBeCloseTo(0.5, 10);
  });

  it('is not taken of a pair in which a server had less of its core than it could use', () => {
    const row = rowOf('memory', [run('memory', 1, [pair(50, 100), pair(10, 100, 400)])]);
    expect(row).toMatchObject({ spread: { low: 0.5, high: 0.5 }, pairs: 1, dropped: 1 });
    expect(row?.share.mean).toBeCloseTo(0.5, 10);
  });

  it('is no number when every pair was disturbed', () => {
    expect(rowOf('memory', [run('memory', 1, [pair(10, 100, 400)])])?.share.mean).toBeNaN();
  });
});

describe('what a goal looks at', () => {
  it('is the share of bare', () => {
    expect(rowOf('memory', [run('memory', 1, [pair(85, 100)])])?.goal?.reached.mean).toBeCloseTo(0.85, 10);
  });

  it('of another side is a share of what that side served in the same round', () => {
    const runs = [
      run('hand-get', 1, [pair(60, 100)]),
      run('hand-get', 2, [pair(10, 100)]),
      run('redis', 1, [pair(57, 80)], { commands: { hget: 1 } }),
    ];
    expect(rowOf('redis', runs)?.goal?.reached).toMatchObject({ mean: expect.closeTo(0.95, 10), rounds: 1 });
  });

  it('counts all commands of a request, however fast they are', () => {
    const fast = run('redis', 1, [pair(60, 100)], { commands: { hget: 1, evalsha: 1 } });
    expect(rowOf('redis', [fast])?.goal).toMatchObject({ commands: 2, most: 1 });
  });
});

it('counts answers that were refused, broken or somebody else’s', () => {
  const bad = run('memory', 1, [pair(1, 1)], { not2xx: 2, errors: 3, wrong: ['user1 got user2'] });
  expect(rowOf('memory', [bad])?.failed).toBe(6);
});

it('has no row for a side that was not measured', () => {
  expect(summarise(SIDES, [run('memory', 1, [pair(1, 1)])]).map(({ name }) => name)).toEqual(['memory']);
});
