// Where things are: the repository, a run's folder, what `latest` means, and files that the user named.

import { mkdirSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, isAbsolute, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Report, toHtml, toJson } from '@statecraft/lab';

export const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..', '..');
export const runs = (): string => process.env.STATECRAFT_RUNS ?? join(root, 'runs');

/** npm and pnpm change to the repository's root; INIT_CWD is where the user was. */
const here = (): string => process.env.INIT_CWD ?? process.cwd();
export const fromUser = (file: string): string => resolve(here(), file);

/** The path as short as it can be said from where the user is. */
export function shown(file: string): string {
  const path = relative(here(), file);
  return path === '' || path.startsWith('..') || isAbsolute(path) ? file : path;
}

/** runs/2026-11-24T22-00-00-crash; a second one within the second gets a number. */
export function newRun(experiment: string): string {
  const name = `${new Date().toISOString().slice(0, 19).replaceAll(':', '-')}-${experiment}`;
  mkdirSync(runs(), { recursive: true });
  const taken = readdirSync(runs()).filter((entry) => entry.startsWith(name)).length;
  const folder = join(runs(), taken === 0 ? name : `${name}-${taken + 1}`);
  mkdirSync(folder, { recursive: true });
  return folder;
}

/** The report beside the run's events, and as runs/latest, latest.json and latest.html. */
export async function keepRun(folder: string, report: Report): Promise<{ html: string }> {
  const page = await toHtml(report);
  for (const base of [join(folder, 'report'), join(runs(), 'latest')]) {
    writeFileSync(`${base}.json`, toJson(report));
    writeFileSync(`${base}.html`, page);
  }
  const latest = join(runs(), 'latest');
  rmSync(latest, { force: true, recursive: true });
  try {
    symlinkSync(relative(runs(), folder), latest, 'dir');
  } catch {
    // Windows lets only some users make links; the name in a file does as well.
    writeFileSync(latest, `${relative(runs(), folder)}\n`);
  }
  return { html: join(runs(), 'latest.html') };
}

/** The command that the user types: through pnpm when this one came through pnpm. */
export function againLine(experiment: string, options: readonly string[]): string {
  const lab = process.env.npm_config_user_agent?.startsWith('pnpm') ? 'pnpm lab run' : 'npm run lab -- run';
  return [lab, experiment, ...options].join(' ');
}
