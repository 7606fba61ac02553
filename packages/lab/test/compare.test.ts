// Reports of one experiment side by side: what differs besides the results, and the tables.

import { describe, expect, it } from 'vitest';
import { compareReports } from '../src/compare/compare.ts';
import { toComparisonMarkdown, toComparisonText } from '../src/compare/formats.ts';
import { createComparisonTables, listNotes } from '../src/compare/tables.ts';
import type { Report } from '../src/contracts/report.ts';
import { brokenReport, impactReport } from './fixtures/report.ts';

const compare = (...reports: readonly Report[]) =>
  compareReports(reports.map((report, index) => ({ name: `run-${index + 1}`, report })));

describe('a comparison is refused', () => {
  it('of one run', () => {
    expect(() => compare(impactReport())).toThrow('needs two runs or more, and has 1');
  });

  it('of different experiments, and names them', () => {
    expect(() => compare(impactReport(), { ...impactReport(), experiment: 'crash' })).toThrow(
      'Only runs of one experiment can be compared: run-1 is of impact, run-2 of crash.',
    );
  });
});

describe('what differs besides the results', () => {
  it('is nothing for the same run twice', () => {
    expect(listNotes(compare(impactReport(), impactReport()))).toEqual([
      'The runs have the same sizes, seed, machine and versions.',
    ]);
  });

  it('is each of sizes, seed, machine and version, with the runs that have it', () => {
    const other = impactReport();
    const changed: Report = {
      ...other,
      seed: 8,
      again: 'npm run lab -- run impact --users 50 --seed 8',
      scenarios: other.scenarios.map((one) => (one.id === 'users' ? { ...one, text: '50 users' } : one)),
      environment: { ...other.environment, cores: 4, node: '26.0.0' },
    };
    expect(compare(impactReport(), changed).differences).toEqual([
      'Sizes in the row "users" differ: 100,000 users (run-1); 50 users (run-2).',
      'Sizes and options differ: default sizes (run-1); --users 50 (run-2).',
      'Seeds differ: 7 (run-1); 8 (run-2).',
      'Machines differ: Made-up CPU, 2 cores, 8 GiB (run-1); Made-up CPU, 4 cores, 8 GiB (run-2).',
      'Versions of Node differ: 24.21.0 (run-1); 26.0.0 (run-2).',
    ]);
  });

  it('is counted in a class, where a list would be too long', () => {
    const runs = Array.from({ length: 30 }, (_, seed) => ({ ...impactReport(), seed }));
    expect(compare(...runs).differences).toEqual(['Seeds differ: 30 different ones.']);
  });
});

describe('the tables', () => {
  const tables = createComparisonTables(compare(impactReport(), brokenReport()));

  it('are one of the runs, one for each scenario, and one for each figure', () => {
    expect(tables.map(({ title }) => title)).toEqual([
      'The runs',
      '1 → 10 servers',
      'One server crashes',
      '100,000 users',
      '100,000 users: memory for a session',
    ]);
  });

  it('have a row for each run and a column for each side', () => {
    const [, , crash] = tables;
    expect(crash?.head).toEqual(['run', 'jwt', 'memory', 'memory, cookie affinity', 'redis', 'redis, tracked cache']);
    expect(crash?.rows.map((row) => row[4])).toEqual([
      'all stay signed in; users lost 0, exposure 0 ms, p99 24 ms, requests failed 24',
      '✗ 5 answers to another user; users lost 0, exposure 0 ms, p99 24 ms, requests failed 24',
    ]);
  });

  it('have a dash where a run has no such side', () => {
    const narrow = impactReport();
    const [, scale] = createComparisonTables(
      compare(impactReport(), { ...narrow, cells: narrow.cells.filter(({ side }) => side !== 'jwt') }),
    );
    expect(scale?.rows[1]?.[1]).toBe('–');
  });

  it.each([60, 100, 160])('fit a terminal of %i columns, with thirty runs too', (width) => {
    const text = toComparisonText(compare(...Array.from({ length: 30 }, impactReport)), { width });
    expect(text.split('\n').filter((line) => line.length > width)).toEqual([]);
    expect(text).toContain('run-30');
  });
});

it('is Markdown with escaped text', () => {
  const report = { ...impactReport(), title: 'a|b' };
  expect(toComparisonMarkdown(compare(report, report))).toMatch(/^# a\\\|b, side by side\n/);
});
