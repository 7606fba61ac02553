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
  it('is taken pair by pair, so that a machine that slows down between them changes none', () => {
    const row = rowOf('memory', [run('memory', 1, [pair(50, 100), pair(5, 10)])]);
    expect(row?.share).toEqual({ low: 0.5, median: 0.5, high: 0.5 });
  });

  it('by processor time leaves out what others took', () => {
    expect(rowOf('memory', [run('memory', 1, [pair(45, 100)])])?.cpuShare?.median).toBe(0.5);
  });

  it('is not taken of a pair in which a server had less of its core than it could use', () => {
    const row = rowOf('memory', [run('memory', 1, [pair(50, 100), pair(10, 100, 400)])]);
    expect(row).toMatchObject({ share: { low: 0.5, high: 0.5 }, pairs: 1, dropped: 1 });
  });

  it('is no number when every pair was disturbed', () => {
    expect(rowOf('memory', [run('memory', 1, [pair(10, 100, 400)])])?.share.median).toBeNaN();
  });
});

describe('a goal', () => {
  it('holds at the share that it names', () => {
    expect(rowOf('memory', [run('memory', 1, [pair(85, 100)])])?.goal?.holds).toBe(true);
    expect(rowOf('memory', [run('memory', 1, [pair(84, 100)])])?.goal?.holds).toBe(false);
  });

  const get = run('hand-get', 1, [pair(60, 100)]);

  it('of another side is a share of that side’s share in the same round', () => {
    const runs = [
      get,
      run('hand-get', 2, [pair(10, 100)]),
      run('redis', 1, [pair(57, 100)], { commands: { hget: 1 } }),
    ];
    expect(rowOf('redis', runs)?.goal?.reached.median).toBeCloseTo(0.95, 10);
  });

  it('of one command a request is missed with two, however fast they are', () => {
    const fast = run('redis', 1, [pair(60, 100)], { commands: { hget: 1, evalsha: 1 } });
    expect(rowOf('redis', [get, fast])?.goal).toMatchObject({ commands: 2, most: 1, holds: false });
  });
});

it('counts answers that were refused, broken or somebody else’s', () => {
  const bad = run('memory', 1, [pair(1, 1)], { not2xx: 2, errors: 3, wrong: ['user1 got user2'] });
  expect(rowOf('memory', [bad])?.failed).toBe(6);
});

it('has no row for a side that was not measured', () => {
  expect(summarise(SIDES, [run('memory', 1, [pair(1, 1)])]).map(({ name }) => name)).toEqual(['memory']);
});
