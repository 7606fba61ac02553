// The folder for what the project's own commands keep between runs: users and sessions. Git ignores it; npm run cleanup
// removes it.

import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Relative to the repository's folder. */
export const STATE_FOLDER = '.state';

/**
 * The DATABASE_URL of servers that a command starts on this machine: that of `env`; without it a SQLite file in the
 * state folder, which all of them share. In production there is no default: the servers refuse to start without one.
 */
export function readDatabaseEnv(env: Readonly<NodeJS.ProcessEnv>): { DATABASE_URL?: string } {
  if (env.DATABASE_URL !== undefined) return { DATABASE_URL: env.DATABASE_URL };
  if (env.DATABASE_URL_FILE !== undefined || env.NODE_ENV === 'production') return {};
  return { DATABASE_URL: `sqlite:${join(makeStateFolder(), 'users.sqlite')}` };
}

/** @returns its absolute path */
export function makeStateFolder(): string {
  const folder = fileURLToPath(new URL(`../../../${STATE_FOLDER}`, import.meta.url));
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  return folder;
}
