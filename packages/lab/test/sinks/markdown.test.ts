import { expect, it } from 'vitest';
import { toMarkdown } from '../../src/sinks/markdown.ts';
import { brokenReport, impactReport } from '../fixtures/report.ts';

const tables = (text: string): string[][] =>
  text
    .split('\n\n')
    .filter((block) => block.startsWith('|'))
    .map((block) => block.trimEnd().split('\n'));

it('begins with the title and the verdict', () => {
  expect(toMarkdown(brokenReport())).toMatch(
    /^# Real impact\n\n\*\*✗ Broken\.\*\* Redis answered 5 times as another user\./,
  );
});

it('says how much was measured where that is not all', () => {
  expect(toMarkdown(impactReport())).toMatch(
    /^# .*\n\n\*\*◐ As expected for what was measured: 4 of 5 columns\.\*\* Memory lost/,
  );
});

it('gives every row of a table as many cells as its head', () => {
  const all = tables(toMarkdown(impactReport()));
  expect(all).toHaveLength(3);
  for (const rows of all) expect(new Set(rows.map((row) => row.split(/(?<!\\)\|/).length)).size).toBe(1);
});

it('lets no text of the report become markup', () => {
  const report = { ...impactReport(), sentence: '<img src=x> | **bold** `code`\n# title' };
  expect(toMarkdown(report)).toContain('\\<img src=x\\> \\| \\*\\*bold\\*\\* \\`code\\` # title');
});

it('has the line that runs it again in a block of its own', () => {
  expect(toMarkdown(impactReport())).toContain('Again:\n\n```\npnpm lab run impact --seed 7\n```');
});
