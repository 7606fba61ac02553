// docs/lab.md and README.md say what the experiments, the reports in docs/runs/ and the examples say.

import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { EXPERIMENTS } from '../packages/lab/src/index.ts';
import { fillPage, listRuns, PAGES, readRun } from '../scripts/docs/lab.ts';

const read = (page: string) => readFileSync(new URL(`../${page}`, import.meta.url), 'utf8');

it.each(PAGES)('%s agrees with the registry and the committed runs (npm run docs -- lab writes it)', (page) => {
  expect(fillPage(read(page))).toBe(read(page));
});

it('has a section for every experiment, in the order of the registry', () => {
  const titles = [...read('docs/lab.md').matchAll(/^### (.+)$/gm)].map(([, title]) => title);
  expect(titles).toEqual(Object.values(EXPERIMENTS).map(({ title }) => title));
});

describe.each(listRuns())('docs/runs/%s.json', (id) => {
  it('is a report of that experiment as it is now, and holds', () => {
    const report = readRun(id);
    // `impact-start` is what `npm start` runs.
    const name = id.replace('-start', '');
    const experiment = EXPERIMENTS[name];
    expect(report).toMatchObject({ experiment: name, verdict: 'holds', question: experiment?.question });
    expect(report?.scenarios.map((scenario) => scenario.id)).toEqual(
      experiment?.scenarios.map((scenario) => scenario.id),
    );
  });
});

describe.each(Object.values(EXPERIMENTS))('$id', ({ id, takes }) => {
  const kept = id === 'impact' ? readRun('impact-start') : readRun(id);

  it.runIf(kept)('takes about as long as its kept run did', () => {
    const seconds = (kept?.durationMs ?? 0) / 1_000;
    const said = kept?.again.includes('--full') ? takes.full : takes.defaults;
    expect(Math.abs(seconds - said)).toBeLessThanOrEqual(said * 0.5);
  });
});

/** The scripts that the course names for runs. */
const SCRIPTS: Readonly<Record<string, string>> = { 'simulation:scale-compare': 'scale', 'test:performance': 'load' };

it('gives runs the same time in the course as in `npm run lab`', () => {
  const runs = [...read('docs/course/README.md').matchAll(/`([a-z:-]+)`: (\d+) s/g)];
  expect(runs.length).toBeGreaterThan(5);
  for (const [, name = '', seconds] of runs)
    expect([name, Number(seconds)]).toEqual([name, EXPERIMENTS[SCRIPTS[name] ?? name]?.takes.defaults]);
});

it.each(['impact-light', 'impact-dark', 'over-time-light', 'over-time-dark'])(
  'has docs/%s.png, a small picture of the impact report (npm run docs -- pictures makes it)',
  (name) => {
    const picture = readFileSync(new URL(`../docs/${name}.png`, import.meta.url));
    expect(picture.subarray(1, 4).toString()).toBe('PNG');
    expect(picture.length).toBeLessThan(300_000);
  },
);
