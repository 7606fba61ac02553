// A real run in a folder of its own: what every test on processes needs.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startRedis } from '@statecraft/infra-dev';
import { onTestFinished } from 'vitest';
import {
  decideVerdict,
  type ExperimentOptions,
  findExperiment,
  type Report,
  type RunSetting,
  runExperiment,
  type Verdict,
} from '../src/index.ts';

const entryOf = (app: string) => fileURLToPath(new URL(`../../../apps/${app}/dist/main.js`, import.meta.url));
export const entries = { stateless: entryOf('stateless-api'), stateful: entryOf('stateful-api') };

export function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'statecraft-lab-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

export async function aRedis(): Promise<RunSetting['redis']> {
  const redis = await startRedis();
  onTestFinished(() => redis.stop());
  return { url: redis.url, description: 'Redis of this test' };
}

export function run(id: string, asked: Partial<ExperimentOptions>, setting: Partial<RunSetting> = {}): Promise<Report> {
  return runExperiment(findExperiment(id), asked, {
    folder: newFolder(),
    entries,
    redis: { missing: 'install one' },
    progress: { step: () => undefined, event: () => undefined },
    again: 'again',
    ...setting,
  });
}

/**
 * What the run comes to by what was seen. Whether the generator kept its schedule hangs on what else the machine has to do;
 * fold.test.ts and judges.test.ts ask that on canned events.
 */
export const verdictOfFacts = ({ cells, checks }: Report): Verdict =>
  decideVerdict(
    cells,
    checks.filter(({ kind }) => kind !== 'generator'),
  );

export const cellTexts = (report: Report, side: string): string[] =>
  report.cells.filter((cell) => cell.side === side).map(({ text }) => text);
