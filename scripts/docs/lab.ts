// docs/lab.md, the table at the head of README.md and the failovers in docs/production.md, from the experiments, the
// reports in docs/runs/ and the examples that the tests run. It measures nothing: `npm run lab -- run <experiment>
// --full --json docs/runs/<experiment>.json` writes a report, and docs/runs/impact-start.json is the report of `npm
// start`.

import { readdirSync } from 'node:fs';
import { formatCommand, hasSection, replaceSection } from '@statecraft/infra-dev';
import {
  drawFailoverMarkdown,
  drawFiguresMarkdown,
  drawMatrixMarkdown,
  drawVerdictMarkdown,
  EXPERIMENTS,
  type Experiment,
  fillSizes,
  formatTaken,
  parseReport,
  type Report,
} from '@statecraft/lab';
import { readText, resolvePath, writeText } from './pages.ts';

export const PAGES = ['docs/lab.md', 'README.md', 'docs/production.md'] as const;

/** What each generated section contains. */
const SECTIONS: Readonly<Record<string, () => string>> = {
  experiments: () => Object.values(EXPERIMENTS).map(formatExperiment).join('\n\n'),
  'over-time': () => formatPicture('over-time', OVER_TIME),
  'own-experiment': () => formatExample('packages/lab/test/examples/after-a-pause.ts'),
  'own-fault': () => formatExample('packages/lab/test/examples/pause.ts'),
  failover: () => ['failover', 'cluster-failover'].map(formatFailover).join('\n\n'),
  'stolen-cookie': () => readRun('stolen-cookie')?.sentence ?? 'Not measured yet.',
  impact: () => {
    const report = readRun('impact-start');
    return report === undefined ? 'Not measured yet: `npm start`.' : formatBriefly(report);
  },
};

/** The page with all generated sections that it has. */
export function fillPage(text: string): string {
  return Object.entries(SECTIONS).reduce((page, [name, format]) => {
    return hasSection(page, name) ? replaceSection(page, name, format()) : page;
  }, text);
}

/** The names of the reports in docs/runs/. */
export function listRuns(): string[] {
  return readdirSync(resolvePath('docs/runs'))
    .filter((name) => name.endsWith('.json'))
    .map((name) => name.slice(0, -5))
    .sort();
}

export function readRun(name: string): Report | undefined {
  return listRuns().includes(name) ? parseReport(readText(`docs/runs/${name}.json`)) : undefined;
}

/** As npm users type it: the pages do not depend on who generates them. */
const formatLabCommand = (...args: string[]): string => formatCommand('lab', args, {});

function formatExperiment(experiment: Experiment): string {
  const {
    id,
    title,
    question,
    hypothesis,
    summary,
    sides,
    scenarios,
    full,
    takes,
    needsTarget,
    onRequest = [],
  } = experiment;
  const target = needsTarget ? ['--target', 'http://localhost:8080/api/stateful', '--mode', 'redis'] : [];
  const report = readRun(id);
  const rows = scenarios.map(({ text }) => fillSizes(text, full)).join('; ');
  const head = [
    `### ${title}`,
    `\`${formatLabCommand('run', id, ...target)}\``,
    `**Question.** ${question}`,
    `**What you will see.** ${summary[0]?.toUpperCase()}${summary.slice(1)}. Columns: ${listIds(sides)}${onRequest.length > 0 ? `; with \`--mode\` also ${listIds(onRequest)}` : ''}. ` +
      `Rows at full size: ${rows}.`,
    `**Hypothesis.** ${hypothesis}`,
    `**Time.** ${formatTaken(takes.defaults)}; with \`--full\` ${formatTaken(takes.full)}.`,
  ];
  const none = `No run at full size is kept here yet: \`${formatLabCommand('run', id, ...target, '--full')}\`.`;
  return [...head, report === undefined ? none : formatReport(report)].join('\n\n');
}

/** For docs/production.md: what was lost, and what failed. */
function formatFailover(id: string): string {
  const report = readRun(id);
  if (report === undefined) return `Not measured yet: \`${formatLabCommand('run', id, '--full')}\`.`;
  const caption = [`*${report.title}.*`, ...report.notes.slice(-1)].join(' ');
  return joinBlocks([caption, drawFailoverMarkdown(report), formatEnvironment(report)]);
}

const listIds = (sides: Experiment['sides']): string => sides.map(({ id }) => `\`${id}\``).join(', ');

function formatReport(report: Report): string {
  const failover = drawFailoverMarkdown(report);
  const figures = drawFiguresMarkdown(report);
  const folded = figures === '' ? [] : [`<details><summary>Figures</summary>\n\n${figures}\n\n</details>`];
  const more = `The whole report, without its time charts: \`${formatLabCommand('report', `docs/runs/${report.experiment}.json`)}\`.`;
  return joinBlocks([
    drawVerdictMarkdown(report),
    drawMatrixMarkdown(report),
    ...(failover === '' ? [] : [failover]),
    ...folded,
    `${formatEnvironment(report)} ${more}`,
  ]);
}

/** For README.md: the cells have words only; the picture has the figures. */
const formatBriefly = (report: Report): string =>
  joinBlocks([
    drawVerdictMarkdown(report),
    drawMatrixMarkdown(report, { brief: true }),
    formatPicture('docs/impact', IMPACT),
    formatEnvironment(report),
  ]);

function formatEnvironment({ environment: e, durationMs, again }: Report): string {
  const versions = [e.cpu, `${e.cores} cores`, `Node ${e.node}`, e.redis]
    .filter((text) => text !== undefined)
    .join(', ');
  return `Measured on ${versions}, ${e.measuredAt.slice(0, 10)}, in ${(durationMs / 1_000).toFixed(0)} s: \`${again}\`.`;
}

const joinBlocks = (blocks: readonly string[]): string => blocks.join('\n\n');

const IMPACT = 'The report in a browser: the verdict, and a cell for each scenario and mode';
const OVER_TIME = 'One server is killed: answers per second, latency and users over time, in each mode';

/** GitHub shows the picture that fits the reader's theme. */
const formatPicture = (name: string, alt: string): string => `<picture>
  <source media="(prefers-color-scheme: dark)" srcset="${name}-dark.png">
  <img src="${name}-light.png" alt="${alt}">
</picture>`;

/** With the imports that it would have in packages/lab/src/experiments or faults. */
function formatExample(file: string): string {
  const text = readText(file)
    .replaceAll("'../../src/experiments/", "'./")
    .replaceAll("'../../src/", "'../")
    .replace("'./pause.ts'", "'../faults/pause.ts'");
  return `\`\`\`ts\n${text}\`\`\``;
}

/** The most users that a trimmed report names as lost. */
const NAMED = 3;

/**
 * Cuts the reports down to what the pages show: bins are a hundred times as large, and another run gives them again.
 * impact-start keeps them for the pictures.
 */
function trimRuns(): void {
  for (const name of listRuns().filter((other) => other !== 'impact-start')) {
    const file = `docs/runs/${name}.json`;
    const report = JSON.parse(readText(file));
    for (const part of report.parts) {
      part.lost.named = part.lost.named.slice(0, NAMED);
      part.bins = [];
    }
    const round = (_: string, value: unknown) =>
      typeof value === 'number' ? Math.round(value * 1_000) / 1_000 : value;
    writeText(file, `${JSON.stringify(report, round, 2)}\n`);
  }
}

export function writePages(): void {
  trimRuns();
  for (const page of PAGES) writeText(page, fillPage(readText(page)));
}
