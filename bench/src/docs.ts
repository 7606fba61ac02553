// Fills the generated sections of docs/performance.md and README.md with the published results.
// The text around them is written by hand.

import { readFileSync, writeFileSync } from 'node:fs';
import { replaceSection } from '@statecraft/infra-dev';
import { hasSteadyBare, NO_RATIOS, type Results } from './results.ts';
import { createApiTable, createPlainTable, type Table, toMarkdown } from './tables.ts';

const ROOT = new URL('../../', import.meta.url);
const RESULTS = new URL('bench/results.json', ROOT);

export function readPublished(): Results {
  return JSON.parse(readFileSync(RESULTS, 'utf8')) as Results;
}

export function publish(results: Results): void {
  writeFileSync(RESULTS, formatJson(results));
}

/** One line for each contender. */
export function formatJson({ contenders, ...rest }: Results): string {
  const lines = contenders.map((contender) => `    ${JSON.stringify(contender)}`).join(',\n');
  return `${JSON.stringify(rest, null, 2).slice(0, -2)},\n  "contenders": [\n${lines}\n  ]\n}\n`;
}

/** What the pages have to be, by their path from the root of the repository. */
export function renderDocs(results: Results): Record<string, string> {
  const plain = createPlainTable(results);
  const run = describeRun(results);
  const block = `${toMarkdown(keepRatios(plain))}\n\n${run}`;
  let page = readFileSync(new URL('docs/performance.md', ROOT), 'utf8');
  page = replaceSection(page, 'run', run);
  page = replaceSection(page, 'plain', toMarkdown(plain));
  page = replaceSection(page, 'api', toMarkdown(createApiTable(results)));
  const readme = readFileSync(new URL('README.md', ROOT), 'utf8');
  return { 'docs/performance.md': page, 'README.md': replaceSection(readme, 'bench', block) };
}

/** @returns the files that were written. */
export function writeDocs(results: Results): string[] {
  const docs = renderDocs(results);
  for (const [file, text] of Object.entries(docs)) writeFileSync(new URL(file, ROOT), text);
  return Object.keys(docs);
}

/** The columns of table (a) that README.md shows. */
function keepRatios({ head, rows }: Table): Table {
  const keep = (cells: readonly string[]) => [0, 1, 3, 6].map((column) => cells[column] ?? '');
  return { head: keep(head), rows: rows.map(({ own, cells }) => ({ own, cells: keep(cells) })) };
}

function describeRun(results: Results): string {
  const { measuredAt, commit, machine, plan, contenders } = results;
  const rounds = contenders[0]?.micros.length ?? 0;
  const load = `${rounds} rounds, ${plan.connections} connections, ${plan.users} users`;
  const run = `Measured on ${measuredAt.slice(0, 10)} at commit ${commit}: ${load}, on one machine (${machine}).`;
  return `${run} ${hasSteadyBare(results) ? 'Compare the rows; on your machine the figures differ.' : NO_RATIOS}`;
}
