// pnpm lab report: a run judged again from its raw events, or a report read from its JSON, in any format.

import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { applyThresholds, judgeRun, LabError, parseReport, type Report } from '@statecraft/lab';
import type { Arguments } from './arguments.ts';
import { fromUser, runs, shown } from './places.ts';
import { printReport } from './print.ts';

export async function report(name: string | undefined, { thresholds, outputs }: Arguments): Promise<number> {
  const read = await readRun(name === undefined ? latest() : find(name));
  return printReport(applyThresholds(read, thresholds), outputs, []);
}

function readRun(path: string): Promise<Report> | Report {
  if (statSync(path).isDirectory()) return judgeRun(path);
  try {
    return parseReport(readFileSync(path, 'utf8'));
  } catch (error) {
    throw new LabError(64, `${shown(path)} is not a report. ${(error as Error).message}`);
  }
}

/** Where there are no links, runs/latest is a file with the run's name. */
function latest(): string {
  const path = join(runs(), 'latest');
  if (!existsSync(path)) throw new LabError(64, `There is no run yet. To make one, type: pnpm lab run two-requests`);
  return statSync(path).isDirectory() ? path : join(runs(), readFileSync(path, 'utf8').trim());
}

/** A path from where the user is, or the name of a run. */
function find(name: string): string {
  const path = [fromUser(name), join(runs(), name)].find((one) => existsSync(one));
  if (path === undefined) throw new LabError(64, `There is no ${name}. Runs are in ${shown(runs())}/.`);
  return path;
}
