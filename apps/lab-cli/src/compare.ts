// The command "compare": reports of one experiment side by side. A file that is no report is left out, with a line.

import { basename, dirname, resolve } from 'node:path';
import { type Comparison, compareReports, LabError, type NamedReport } from '@statecraft/lab';
import type { Arguments } from './arguments.ts';
import { printComparison } from './print.ts';
import { findRun, readRun } from './report.ts';

/** As for a run that is incomplete. */
const INCOMPLETE = 2;

export async function compare(names: readonly string[], { outputs }: Arguments): Promise<number> {
  if (names.length < 2) throw new LabError(64, 'Compare what? Name two runs or more: kept runs, or files of --json.');
  const labels = createLabels(names);
  const reports: NamedReport[] = [];
  const leftOut: string[] = [];
  for (const [index, name] of names.entries()) {
    try {
      reports.push({ name: labels[index] ?? name, report: await readRun(findRun(name)) });
    } catch (error) {
      leftOut.push(`Left out: ${(error as Error).message.split('\n')[0]}`);
    }
  }
  for (const line of leftOut) process.stderr.write(`${line}\n`);
  const comparison: Comparison = compareReports(reports);
  await printComparison({ ...comparison, differences: [...comparison.differences, ...leftOut] }, outputs);
  return leftOut.length === 0 ? 0 : INCOMPLETE;
}

/** `ana` for students/ana.json, the name of the folder for its report.json; the whole name where that is not unique. */
function createLabels(names: readonly string[]): string[] {
  const short = names.map((name) => {
    const base = basename(name, '.json');
    return base === 'report' ? basename(dirname(resolve(name))) : base;
  });
  return short.map((label, index) =>
    short.indexOf(label) === short.lastIndexOf(label) ? label : (names[index] ?? label),
  );
}
