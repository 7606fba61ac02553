// Where files are: the repository, the folder of a run, runs/latest, and files that the user named.

import { mkdirSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, isAbsolute, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Report, toHtml, toJson } from '@statecraft/lab';

export const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..', '..', '..');
export const findRunsFolder = (): string => process.env.STATECRAFT_RUNS ?? join(ROOT, 'runs');

/** npm and pnpm change to the root of the repository; INIT_CWD is the folder of the user. */
const findUserFolder = (): string => process.env.INIT_CWD ?? process.cwd();
export const resolveUserPath = (file: string): string => resolve(findUserFolder(), file);

/** The path relative to the folder of the user, if it is in there. */
export function shortenPath(file: string): string {
  const path = relative(findUserFolder(), file);
  return path === '' || path.startsWith('..') || isAbsolute(path) ? file : path;
}

/** runs/2026-11-24T22-00-00-crash; a second run within the second gets a number. */
export function createRunFolder(experiment: string): string {
  const runs = findRunsFolder();
  const name = `${new Date().toISOString().slice(0, 19).replaceAll(':', '-')}-${experiment}`;
  mkdirSync(runs, { recursive: true });
  const taken = readdirSync(runs).filter((entry) => entry.startsWith(name)).length;
  const folder = join(runs, taken === 0 ? name : `${name}-${taken + 1}`);
  mkdirSync(folder, { recursive: true });
  return folder;
}

/** Writes the report beside the events of the run, and as latest.json and latest.html. @returns the path of the page */
export async function keepRun(folder: string, report: Report): Promise<string> {
  const runs = findRunsFolder();
  const page = await toHtml(report);
  for (const base of [join(folder, 'report'), join(runs, 'latest')]) {
    writeFileSync(`${base}.json`, toJson(report));
    writeFileSync(`${base}.html`, page);
  }
  const latest = join(runs, 'latest');
  rmSync(latest, { force: true, recursive: true });
  try {
    symlinkSync(relative(runs, folder), latest, 'dir');
  } catch {
    // Windows lets only some users make links.
    writeFileSync(latest, `${relative(runs, folder)}\n`);
  }
  return join(runs, 'latest.html');
}
