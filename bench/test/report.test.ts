import { describe, expect, it } from 'vitest';
import { docsOf } from '../src/docs.ts';
import { failuresIn } from '../src/failures.ts';
import { goalsOf } from '../src/goals.ts';
import { toText } from '../src/report/text.ts';
import { toJson } from '../src/results.ts';
import type { Run } from '../src/rounds.ts';
import { SIDES } from '../src/sides.ts';
import { FIXTURE, measured } from './fixture.ts';

const README = 'before\n<!-- generated:performance -->\nold\n<!-- /generated:performance -->\nafter\n';
const docs = docsOf(FIXTURE, README);
const page = docs['docs/performance.md'] ?? '';
const bars = docs['docs/performance.svg'] ?? '';

describe('docs/performance.md', () => {
  it('has every side with its share', () => {
    for (const { title } of SIDES) expect(page).toContain(title);
    expect(page).toMatch(/\| \*\*memory\*\* \| \d+ \| 0\.90 \| 0\.90–0\.90 \| 0\.90–0\.90 \|/);
  });

  it('says of each goal whether it holds', () => {
    expect(page).toMatch(/\| redis, bytes for each session .* \| 1\.50 \(300 of 200 bytes\) \| \*\*missed\*\* \|/);
    expect(page).toMatch(/\| memory, longest pause .* \| 3\.0 ms of processor time \| holds \|/);
  });

  it('says what was left out, and by what arithmetic', () => {
    expect(page).toContain('- redis, 1 million sessions of 8192 bytes: at 9,000 bytes a session it takes 8.4 GiB');
  });

  it.each(Object.keys(FIXTURE))('says on what, and at which commit, %s was measured', (name) => {
    const key = name as keyof typeof FIXTURE;
    const elsewhere = { ...FIXTURE[key], environment: { ...FIXTURE[key].environment, commit: 'elsewhere' } };
    const { 'docs/performance.md': text = '' } = docsOf({ ...FIXTURE, [key]: elsewhere }, README);
    expect(text).toMatch(
      /Measured 2026-01-02 on A CPU, 2 cores, 8 GiB, linux 1 x64; Node 24\.0\.0, Redis 7\.0\.0, wrk 4.* commit elsewhere, lockfile def[;.]/,
    );
  });
});

it('leaves the README around its markers as it is', () => {
  expect(docs['README.md']).toMatch(
    /^before\n<!-- generated:performance -->\n!\[.*\n<!-- \/generated:performance -->\nafter\n$/s,
  );
  expect(docs['README.md']).not.toContain('old');
});

describe('the drawings', () => {
  it('tell the kinds apart without colour, and fit dark pages', () => {
    expect(bars).toContain('fill: url(#hatch)');
    expect(bars).toContain('stroke-dasharray');
    expect(bars).toContain('prefers-color-scheme: dark');
  });

  it('have room for the figures of the widest interval', () => {
    const wide = (run: Run) =>
      run.side === 'hand-map' ? { ...run, ...measured([0.9, 1.2, 1.6][run.round - 1] ?? 1) } : run;
    const load = { ...FIXTURE.load, result: FIXTURE.load.result.map(wide) };
    const { 'docs/performance.svg': drawn = '' } = docsOf({ ...FIXTURE, load }, README);
    const width = Number(/viewBox="0 0 (\d+)/.exec(drawn)?.[1]);
    const ends = [...drawn.matchAll(/<text x="([\d.]+)" y="[\d.]+"(?: class="strong")?>(\d[^<]*)/g)].map(
      ([, x, words]) => Number(x) + 7 * (words ?? '').length,
    );
    expect(ends.length).toBeGreaterThan(20);
    expect(Math.max(...ends)).toBeLessThanOrEqual(width);
  });

  it('can be read out', () => {
    expect(bars).toMatch(/role="img" aria-labelledby="title description"/);
    expect(bars).toMatch(/<desc id="description">.*memory: 0\.90/);
  });

  it('have no point of growth above the highest level', () => {
    const result = FIXTURE['growth-memory'].result.map((point) => ({ ...point, measured: measured(1.3) }));
    const results = { ...FIXTURE, 'growth-memory': { ...FIXTURE['growth-memory'], result } };
    const { 'docs/performance-growth.svg': drawn = '' } = docsOf(results, README);
    const [, panel = ''] = drawn.split('<g transform');
    const levels = [...panel.matchAll(/y1="([\d.]+)"/g)].map(([, y]) => Number(y));
    const dots = [...panel.matchAll(/cy="([\d.]+)"/g)].map(([, y]) => Number(y));
    expect(Math.min(...dots)).toBeGreaterThanOrEqual(Math.min(...levels));
  });

  it('draw a line for each size of data, one of them dashed', () => {
    const growth = docs['docs/performance-growth.svg'] ?? '';
    expect(growth.match(/class="line"/g)).toHaveLength(4);
    expect(growth.match(/class="line dashed"/g)).toHaveLength(4);
  });
});

describe('a point of growth without a sound slice', () => {
  const disturbed = FIXTURE['growth-redis'].result.map((point) => {
    if (point.measured === undefined) return point;
    const slow = ({ own, bare }: (typeof point.measured.pairs)[number]) => ({ own: { ...own, cpuMs: 100 }, bare });
    return { ...point, measured: { ...point.measured, pairs: point.measured.pairs.map(slow) } };
  });
  const results = { ...FIXTURE, 'growth-redis': { ...FIXTURE['growth-redis'], result: disturbed } };
  const { 'docs/performance.md': text = '', 'docs/performance-growth.svg': chart = '' } = docsOf(results, README);

  it('has no figure in the table, times neither', () => {
    expect(text).toContain('| redis | 1,000 | 1,024 | – | – | – | – | 2 |');
  });

  it('is no point in the drawing', () => {
    expect(chart).not.toContain('NaN');
    expect(chart.match(/class="line"/g)).toHaveLength(2);
  });
});

describe('the verdict on a goal', () => {
  /** What `memory` (goal 0.85) and the bare route beside itself have to show, run by run. */
  const verdictOf = (shares: readonly number[], bare: readonly number[] = [0.99, 1, 1.01], more: Partial<Run> = {}) => {
    const runs = (side: string, all: readonly number[]) =>
      all.map((share, at) => ({ side, round: at + 1, wrong: [], ...measured(share) }));
    const result = [...runs('bare', bare), ...runs('memory', shares).map((run) => ({ ...run, ...more }))];
    return goalsOf({ load: { ...FIXTURE.load, result } }).find(({ title }) => title === 'memory')?.verdict;
  };

  it.each([
    ['holds', 'all of the interval is above', [0.95, 0.96, 0.97]],
    ['missed', 'all of the interval is below', [0.75, 0.76, 0.77]],
    ['unknown', 'it is in the interval, however high the mean', [0.8, 0.95, 1.1]],
    ['unknown', 'there are too few runs for an interval', [0.95, 0.95]],
  ])('is "%s" where %s', (verdict, _why, shares) => {
    expect(verdictOf(shares)).toBe(verdict);
  });

  it('is "unknown" where the bare route differs from itself', () => {
    expect(verdictOf([0.95, 0.96, 0.97], [1.1, 1.11, 1.12])).toBe('unknown');
  });

  it('is "unknown" where an answer failed', () => {
    expect(verdictOf([0.95, 0.96, 0.97], undefined, { not2xx: 1 })).toBe('unknown');
  });

  const outcomeOf = (title: string, change: (run: Run) => Run) =>
    goalsOf({ load: { ...FIXTURE.load, result: FIXTURE.load.result.map(change) } }).find(
      (goal) => goal.title === title,
    );

  it('is "missed" with a Redis command too many', () => {
    const twice = (run: Run) => (run.side === 'redis' ? { ...run, commands: { hget: 2 } } : run);
    expect(outcomeOf('redis', (run) => run)?.verdict).toBe('holds');
    expect(outcomeOf('redis', twice)).toMatchObject({ verdict: 'missed', reached: expect.stringContaining('2.00') });
  });

  it('is "no difference" where a side is to be as fast as another, and may be', () => {
    const title = '@fastify/session over our memory store';
    const shares: Record<string, number[]> = {
      'fastify-session': [0.3, 0.3, 0.3],
      'fastify-session-ours': [0.27, 0.3, 0.34],
    };
    const change = (run: Run) => {
      const share = shares[run.side]?.[run.round - 1];
      return share === undefined ? run : { ...run, ...measured(share) };
    };
    expect(outcomeOf(title, change)?.verdict).toBe('no difference');
  });
});

describe('what fails a run', () => {
  it('is nothing in a sound one', () => {
    expect(failuresIn(FIXTURE)).toEqual([]);
  });

  it('is named by side and round', () => {
    const [run] = FIXTURE.load.result;
    const bad = {
      ...FIXTURE.load,
      result: [{ ...run, side: 'jwt', round: 2, pairs: [], histogram: '', not2xx: 3, errors: 0, wrong: ['a'] }],
    };
    expect(failuresIn({ load: bad })).toEqual([
      'jwt, round 2: 3 answers were not 2xx',
      'jwt, round 2: 1 wrong answers before the load, the first: a',
    ]);
  });
});

it('prints a table with every side on a terminal', () => {
  const text = toText(FIXTURE);
  for (const { title } of SIDES) expect(text).toContain(title);
});

it('keeps four digits of a figure, and whole numbers whole', () => {
  expect(JSON.parse(toJson({ a: 1 / 3, b: 123_456_789, c: 98_765.4321 }))).toEqual({
    a: 0.3333,
    b: 123_456_789,
    c: 98_770,
  });
});
