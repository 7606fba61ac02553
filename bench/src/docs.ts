// npm run docs -- performance: writes docs/performance.md, both drawings and the README's section from bench/published.json.
// A test holds them against it.

import { readFileSync, writeFileSync } from 'node:fs';
import { growthRows } from './growth-rows.ts';
import { barsOf } from './report/bars.ts';
import { growthChart } from './report/growth-chart.ts';
import { captionOf, pageOf, readmeSection } from './report/page.ts';
import { type AllResults, readPublished } from './results.ts';
import { root } from './server.ts';
import { SIDES } from './sides.ts';
import { summarise } from './summary.ts';

const BEGIN = '<!-- generated:performance -->';
const END = '<!-- /generated:performance -->';

/** What the docs must say, by file. */
export function docsOf(results: AllResults, readme: string): Record<string, string> {
  const { load, 'growth-memory': growth } = results;
  return {
    'docs/performance.md': pageOf(results),
    ...(load && { 'docs/performance.svg': barsOf(summarise(SIDES, load.result), captionOf(load.environment)) }),
    ...(growth && { 'docs/performance-growth.svg': growthChart(growthRows(results), captionOf(growth.environment)) }),
    'README.md': withSection(readme, readmeSection(results)),
  };
}

export function writeDocs(): string[] {
  const docs = docsOf(readPublished(), readFileSync(`${root}README.md`, 'utf8'));
  for (const [file, text] of Object.entries(docs)) writeFileSync(root + file, text);
  return Object.keys(docs);
}

function withSection(readme: string, section: string): string {
  const [from, to] = [readme.indexOf(BEGIN), readme.indexOf(END)];
  if (from < 0 || to < from) return readme;
  return `${readme.slice(0, from + BEGIN.length)}\n${section}\n${readme.slice(to)}`;
}

if (import.meta.main) process.stderr.write(`Written: ${writeDocs().join(', ')}\n`);
