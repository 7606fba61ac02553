// npm run docs:lab: writes docs/lab.md and the table at README.md's head from the experiments, the reports in docs/runs/ and
// the examples that the tests run. It measures nothing: a report gets there by `pnpm lab run <experiment> --full --json
// docs/runs/<experiment>.json`; docs/runs/impact-start.json is what `npm start` ran.
// Reports are cut down to what the pages show. A test holds both pages against what this makes.

import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import {
  EXPERIMENTS,
  type Experiment,
  figuresMarkdown,
  type Lab,
  matrixMarkdown,
  parseReport,
  plainSpaces,
  type Report,
  verdictMarkdown,
} from '../packages/lab/src/index.ts';

const at = (path: string): string => fileURLToPath(new URL(`../${path}`, import.meta.url));
const read = (path: string): string => readFileSync(at(path), 'utf8');
export const PAGES = ['docs/lab.md', 'README.md'] as const;

/** What stands between `<!-- generated:<name> -->` and `<!-- /generated:<name> -->`. */
const SECTIONS: Readonly<Record<string, () => string>> = {
  experiments: () => Object.values(EXPERIMENTS).map(section).join('\n\n'),
  'over-time': () => picture('over-time', OVER_TIME),
  'own-experiment': () => code('packages/lab/test/examples/after-a-pause.ts'),
  'own-fault': () => code('packages/lab/test/examples/pause.ts'),
  impact: () => {
    const report = committedReport('impact-start');
    return report === undefined ? 'Not measured yet: `npm start`.' : briefly(report);
  },
};

/** The page as it should be; whatever has no markers stays. */
export function labPage(text: string): string {
  return Object.entries(SECTIONS).reduce((page, [name, make]) => {
    const [begin, end] = [`<!-- generated:${name} -->`, `<!-- /generated:${name} -->`];
    const [from, to] = [page.indexOf(begin), page.indexOf(end)];
    if (from < 0 || to < from) return page;
    return `${page.slice(0, from + begin.length)}\n${make()}\n${page.slice(to)}`;
  }, text);
}

/** Reports in docs/runs/, by experiment. */
export function committedRuns(): string[] {
  if (!existsSync(at('docs/runs'))) return [];
  return readdirSync(at('docs/runs'))
    .filter((name) => name.endsWith('.json'))
    .map((name) => name.slice(0, -5))
    .sort();
}

export function committedReport(id: string): Report | undefined {
  const file = `docs/runs/${id}.json`;
  return existsSync(at(file)) ? parseReport(read(file)) : undefined;
}

function section(experiment: Experiment<Lab>): string {
  const { id, title, question, hypothesis, summary, sides, scenarios, full, needsTarget } = experiment;
  const at = needsTarget ? ' --target http://localhost:8080/api/stateful --mode redis' : '';
  const report = committedReport(id);
  const rows = scenarios.map(({ text }) => withSizes(text, full)).join('; ');
  const head = [
    `### ${title}`,
    `\`pnpm lab run ${id}${at}\``,
    `**Question.** ${question}`,
    `**What you will see.** ${summary[0]?.toUpperCase()}${summary.slice(1)}. Columns: ${sides.map((side) => `\`${side.id}\``).join(', ')}. ` +
      `Rows at full size: ${rows}.`,
    `**Hypothesis.** ${hypothesis}`,
  ];
  const none = `No run at full size is kept here yet: \`pnpm lab run ${id}${at} --full\`.`;
  return [...head, report === undefined ? none : measured(report)].join('\n\n');
}

/** `1 → {servers} servers` */
const withSizes = (text: string, sizes: Readonly<Record<string, number>>): string =>
  text.replace(/\{(\w+)\}/g, (whole, name: string) => sizes[name]?.toLocaleString('en-US') ?? whole);

function measured(report: Report): string {
  const figures = figuresMarkdown(report);
  const folded = figures === '' ? [] : [`<details><summary>Figures</summary>\n\n${figures}\n\n</details>`];
  const more = `More about this run, but for its curves: \`pnpm lab report docs/runs/${report.experiment}.json\`.`;
  return joined([verdictMarkdown(report), matrixMarkdown(report), ...folded, `${measuredOn(report)} ${more}`]);
}

/** For README.md: the words of the cells, and the picture, which has the figures. */
const briefly = (report: Report): string =>
  joined([
    verdictMarkdown(report),
    matrixMarkdown(report, { brief: true }),
    picture('docs/impact', IMPACT),
    measuredOn(report),
  ]);

function measuredOn({ environment: e, durationMs, again }: Report): string {
  const versions = [e.cpu, `${e.cores} cores`, `Node ${e.node}`, e.redis]
    .filter((text) => text !== undefined)
    .join(', ');
  return `Measured on ${versions}, ${e.measuredAt.slice(0, 10)}, in ${(durationMs / 1_000).toFixed(0)} s: \`${again}\`.`;
}

const joined = (blocks: readonly string[]): string => plainSpaces(blocks.join('\n\n'));

const IMPACT = 'The report in a browser: the verdict, and a cell for each scenario and mode';
const OVER_TIME = 'One server is killed: answers per second, latency and users over time, in each mode';

/** GitHub shows the one that fits the reader's theme. */
const picture = (name: string, alt: string): string => `<picture>
  <source media="(prefers-color-scheme: dark)" srcset="${name}-dark.png">
  <img src="${name}-light.png" alt="${alt}">
</picture>`;

/** As it would stand in packages/lab/src/experiments or faults. */
function code(file: string): string {
  const text = read(file)
    .replaceAll("'../../src/experiments/", "'./")
    .replaceAll("'../../src/", "'../")
    .replace("'./pause.ts'", "'../faults/pause.ts'");
  return `\`\`\`ts\n${text}\`\`\``;
}

/** Of a person who was signed out, as many are named as a reader looks at. */
const NAMED = 3;

/**
 * What the pages show of a report and no more: its curves and bins are a hundred times as much, and come out of a run again.
 * impact-start keeps them, for the pictures.
 */
function trimRuns(): void {
  for (const id of committedRuns().filter((name) => name !== 'impact-start')) {
    const file = at(`docs/runs/${id}.json`);
    const report = JSON.parse(readFileSync(file, 'utf8'));
    for (const part of report.parts) {
      part.lost.named = part.lost.named.slice(0, NAMED);
      part.bins = [];
      for (const times of ['responseTime', 'serviceTime', 'signInTime']) part[times].curve = [];
    }
    const brief = (_: string, value: unknown) =>
      typeof value === 'number' ? Math.round(value * 1_000) / 1_000 : value;
    writeFileSync(file, `${JSON.stringify(report, brief, 2)}\n`);
  }
}

if (import.meta.main) {
  trimRuns();
  for (const page of PAGES) writeFileSync(at(page), labPage(read(page)));
}
