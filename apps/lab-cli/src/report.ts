// The command "report": a run judged again from its events, or a report read from its JSON, in any format.

import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { applyThresholds, formatCommand, judgeRun, LabError, parseReport, type Report } from '@statecraft/lab';
import type { Arguments } from './arguments.ts';
import { findRunsFolder, resolveUserPath, shortenPath } from './places.ts';
import { printReport } from './print.ts';

export async function report(name: string | undefined, args: Arguments): Promise<number> {
  const read = await readRun(name === undefined ? findLatest() : findRun(name));
  return printReport(applyThresholds(read, args.thresholds), args, []);
}

/** @throws LabError (64) that names the file and says in one line what is wrong with it. */
export function readRun(path: string): Promise<Report> | Report {
  if (statSync(path).isDirectory()) return judgeRun(path);
  try {
    return parseReport(readFileSync(path, 'utf8'));
  } catch (error) {
    throw new LabError(64, `${shortenPath(path)} is not a report. ${(error as Error).message}`);
  }
}

/** On a system without links, runs/latest is a file with the name of the run. */
function findLatest(): string {
  const path = join(findRunsFolder(), 'latest');
  if (!existsSync(path)) {
    const command = formatCommand('lab', ['run', 'two-requests']);
    throw new LabError(64, `There is no run yet. To make one, type: ${command}`);
  }
  return statSync(path).isDirectory() ? path : join(findRunsFolder(), readFileSync(path, 'utf8').trim());
}

/** A path from the folder of the user, or the name of a run. */
export function findRun(name: string): string {
  const path = [resolveUserPath(name), join(findRunsFolder(), name)].find((one) => existsSync(one));
  if (path === undefined) throw new LabError(64, `There is no ${name}. Runs are in ${shortenPath(findRunsFolder())}/.`);
  return path;
}
