// A real run in a folder of its own, for every test with processes.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startRedis } from '@statecraft/infra-dev';
import { onTestFinished } from 'vitest';
import type { Experiment } from '../src/contracts/experiment.ts';
import type { ExperimentOptions } from '../src/contracts/plan.ts';
import type { Report, Verdict } from '../src/contracts/report.ts';
import { findExperiment } from '../src/experiments/registry.ts';
import { decideVerdict } from '../src/judge/ledger-checks.ts';
import { type RunSetting, runExperiment } from '../src/run.ts';

const findEntry = (app: string) => fileURLToPath(new URL(`../../../apps/${app}/dist/main.js`, import.meta.url));
export const entries = { stateless: findEntry('stateless-api'), stateful: findEntry('stateful-api') };

export function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'statecraft-lab-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** For `findRedis` of a run. */
export async function startTestRedis(): Promise<NonNullable<RunSetting['findRedis']>> {
  const redis = await startRedis();
  onTestFinished(() => redis.stop());
  return async () => ({ url: redis.url, from: 'redis-server', stop: async () => undefined });
}

export const findNoRedis: NonNullable<RunSetting['findRedis']> = async () => undefined;

export function run(
  what: string | Experiment,
  asked: Partial<ExperimentOptions>,
  setting: Partial<RunSetting> = {},
): Promise<Report> {
  return runExperiment(typeof what === 'string' ? findExperiment(what) : what, asked, {
    folder: newFolder(),
    entries,
    findRedis: findNoRedis,
    progress: { step: () => undefined, say: () => undefined, event: () => undefined, begin: () => undefined },
    again: 'again',
    ...setting,
  });
}

/**
 * The verdict without the check of the generator, which depends on what else the machine does; fold.test.ts and
 * judges.test.ts test that check with canned events.
 */
export const decideByFacts = ({ cells, checks }: Report): Verdict =>
  decideVerdict(
    cells,
    checks.filter(({ kind }) => kind !== 'generator'),
  );

export const listCellTexts = (report: Report, side: string): string[] =>
  report.cells.filter((cell) => cell.side === side).map(({ text }) => text);
