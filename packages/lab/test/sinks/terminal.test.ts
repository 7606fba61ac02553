import { stripVTControlCharacters } from 'node:util';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { drawTable, wrapText } from '../../src/sinks/table.ts';
import { toText } from '../../src/sinks/terminal.ts';
import { brokenReport, impactReport } from '../fixtures/report.ts';

const lines = (text: string): string[] => text.trimEnd().split('\n');

it('begins with the verdict and its sentence', () => {
  const text = toText({ ...impactReport(), coverage: { measured: 5, of: 5 } }, { width: 120 });
  expect(text).toMatch(/^✓ As expected\. Memory lost 900 of 1,000 users on scaling/);
});

it('says how much was measured, with a sign of its own, where that is not all', () => {
  const text = toText(impactReport(), { width: 120 });
  expect(text).toMatch(/^◐ As expected for what was measured: 4 of 5 columns\. Memory lost 900/);
});

it('says right below a verdict what it rests on, where that is not as it should be', () => {
  expect(lines(toText(brokenReport())).slice(0, 2)).toEqual([
    '✗ Broken. Redis answered 5 times as another user.',
    '  ✗ no user is signed in as another user: 5 answers were those of another user',
  ]);
});

it('ends with the line that runs it again and, after it, the lines that the course wants', () => {
  expect(lines(toText(impactReport())).slice(-4)).toEqual([
    'Again: pnpm lab run impact --seed 7',
    '',
    '[Stateless] 1000 requests in 2.3s (434 req/s)',
    '[Stateful] 1000 requests in 1.9s (526 req/s)',
  ]);
});

it('fits a screen: figures, checks, proofs and environment are behind `details`', () => {
  const brief = toText(impactReport());
  const details = toText(impactReport(), { details: true });
  for (const title of ['Figures', 'Checks', 'What was done', 'Why this can be believed', 'Environment']) {
    expect(lines(brief)).not.toContain(title);
    expect(lines(details)).toContain(title);
  }
  expect(lines(brief).length).toBeLessThan(45);
  expect(brief).toMatch(/\d+ of \d+ checks hold\. With --details: the checks, the figures/);
});

it('leaves the last lines to the course, whatever else is printed', () => {
  const printed = lines(toText(impactReport(), { after: ['Events:  runs/x'] }));
  expect(printed.slice(-impactReport().lines.length)).toEqual(impactReport().lines);
  expect(printed).toContain('Events:  runs/x');
});

it.each([40, 48, 80, 100, 160])('keeps to %i columns, but for lines that stand to the letter', (width) => {
  const wide = lines(toText({ ...impactReport(), lines: [] }, { width })).filter((line) => line.length > width);
  expect(wide).toEqual([]);
});

it('has a column for each side where they fit', () => {
  const head = lines(toText(impactReport(), { width: 160 })).find((line) => line.startsWith('│'));
  expect(head?.split('│').map((cell) => cell.trim())).toEqual([
    '',
    '',
    'jwt',
    'memory',
    'memory, cookie affinity',
    'redis',
    'redis, tracked cache',
    '',
  ]);
});

it('is a list where they do not', () => {
  const text = toText(impactReport(), { width: 48 });
  expect(text).toContain('One server crashes\n  jwt:\n    all stay signed in\n');
});

it('says not measured for what was not, and what to type', () => {
  const text = toText(impactReport(), { width: 160 });
  expect(text).toMatch(/│ not measured +│/);
  expect(text).toContain('redis+tracked was not measured: sudo apt-get install -y redis-server');
});

describe('without colour', () => {
  it('has no control characters', () => {
    const text = toText(brokenReport());
    expect(stripVTControlCharacters(text)).toBe(text);
  });

  it('marks the cell and the check that differ with a sign', () => {
    const text = toText(brokenReport(), { width: 160 });
    expect(text).toContain('│ ✗ 5 answers to another');
    expect(text).toContain('  ✗ no user is signed in as another user: 5 answers were those of another user');
  });

  it('says all that it says with colour', () => {
    const colour = toText(brokenReport(), { colour: true });
    expect(stripVTControlCharacters(colour)).toBe(toText(brokenReport()));
    expect(colour).not.toBe(toText(brokenReport()));
  });
});

describe('a table of text', () => {
  const cell = fc.string({ maxLength: 60 }).map((text) => ({ text: text.replace(/[\n\r\t\v\f]/g, ' ') }));
  const table = fc
    .integer({ min: 1, max: 6 })
    .chain((columns) =>
      fc.array(fc.array(cell, { minLength: columns, maxLength: columns }), { minLength: 1, maxLength: 4 }),
    );

  it('is at most as wide as allowed, and all its lines have one width', () => {
    fc.assert(
      fc.property(table, fc.integer({ min: 20, max: 120 }), fc.boolean(), (rows, width, ruled) => {
        const widths = new Set((drawTable(rows, width, ruled) ?? []).map((line) => line.length));
        expect(widths.size).toBeLessThanOrEqual(1);
        for (const one of widths) expect(one).toBeLessThanOrEqual(width);
      }),
    );
  });

  it('loses no character but spaces in wrapping', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 200 }), fc.integer({ min: 1, max: 40 }), (text, width) => {
        const wrapped = wrapText(text, width);
        expect(wrapped.join('').replace(/[ \t\n]/g, '')).toBe(text.replace(/[ \t\n]/g, ''));
        for (const line of wrapped) expect(line.length).toBeLessThanOrEqual(width);
      }),
    );
  });
});
