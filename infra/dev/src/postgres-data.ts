// The data folder of a PostgreSQL, and the user that it runs as. initdb takes a second, so it runs once for each
// version; its result is a template that every server gets a copy of.
//
//   node_modules/.cache/statecraft/postgres-VERSION-USER/   data/, password   (as root, /var/cache if that user cannot
//                                                                              reach the checkout)
//   <temporary folder>/statecraft-postgres-STARTER-XXXXXX/  a server's copy of data/

import { type SpawnSyncOptions, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { PostgresPrograms } from './postgres-programs.ts';
import { isRunning } from './processes.ts';
import { isRoot } from './programs.ts';

const CACHE = fileURLToPath(new URL('../../../node_modules/.cache/statecraft', import.meta.url));
const ROOTS_CACHE = '/var/cache/statecraft';
const PREFIX = 'statecraft-postgres-';

export interface PostgresData {
  /** The data folder. */
  readonly folder: string;
  /** Of the user `postgres`, in the database and in the URL. */
  readonly password: string;
  /** Programs that this user may run: those that were given, or a copy of them. */
  readonly programs: PostgresPrograms;
  /** What a process needs to run as the data's owner. */
  readonly owner: Owner;
}

interface Owner {
  readonly uid?: number;
  readonly gid?: number;
}

/** @throws if there is no user for the server, or if initdb fails; the message has its last lines. */
export function createPostgresData(found: PostgresPrograms): PostgresData {
  removeAbandonedFolders();
  const owner = findOwner();
  const isReachable = canRun(found.postgres, owner);
  const cache = isReachable && canReach(CACHE, owner) ? CACHE : ROOTS_CACHE;
  const programs = isReachable ? found : copyPrograms(found, cache);
  const template = prepareTemplate(programs, owner, cache);
  const folder = mkdtempSync(join(tmpdir(), `${PREFIX}${process.pid}-`));
  own(folder, owner);
  run('cp', ['-R', join(template, 'data'), folder], owner);
  const password = readFileSync(join(template, 'password'), 'utf8');
  return { folder: join(folder, 'data'), password, programs, owner };
}

export function removePostgresData({ folder }: PostgresData): void {
  rmSync(dirname(folder), { recursive: true, force: true });
}

/** A starter that was killed could not remove its folder. */
function removeAbandonedFolders(): void {
  for (const name of readdirSync(tmpdir())) {
    const starter = new RegExp(`^${PREFIX}(\\d+)-`).exec(name)?.[1];
    if (starter === undefined || isRunning(Number(starter))) continue;
    try {
      rmSync(join(tmpdir(), name), { recursive: true, force: true });
    } catch {
      // Another user's, or its server is still ending.
    }
  }
}

/** On Linux, the user without any rights. */
const UNPRIVILEGED = '65534';

/** PostgreSQL refuses to run as root. */
function findOwner(): Owner {
  if (!isRoot()) return {};
  const users = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .map((line) => line.split(':'));
  const user = users.find(([name]) => name === 'postgres') ?? users.find(([, , uid]) => uid === UNPRIVILEGED);
  if (user !== undefined) return { uid: Number(user[2]), gid: Number(user[3]) };
  throw new Error(
    `PostgreSQL refuses to run as root, and this machine has neither the user postgres nor one with the uid ${UNPRIVILEGED}. ` +
      'Run this as another user.',
  );
}

const canRun = (program: string, owner: Owner): boolean =>
  spawnSync(program, ['--version'], { ...owner, cwd: '/', stdio: 'ignore' }).status === 0;

function canReach(folder: string, owner: Owner): boolean {
  mkdirSync(folder, { recursive: true });
  return spawnSync('test', ['-x', folder], { ...owner, cwd: '/', stdio: 'ignore' }).status === 0;
}

/** For a checkout that only root may enter. */
function copyPrograms(programs: PostgresPrograms, cache: string): PostgresPrograms {
  const copy = join(cache, `postgres-programs-${programs.version}`);
  if (!existsSync(copy)) {
    const folder = makeFolderBeside(copy);
    cpSync(dirname(dirname(programs.postgres)), folder, { recursive: true, verbatimSymlinks: true });
    chmodSync(folder, 0o755);
    publish(folder, copy);
  }
  const bin = join(copy, 'bin');
  return { ...programs, postgres: join(bin, 'postgres'), initdb: join(bin, 'initdb') };
}

function prepareTemplate(programs: PostgresPrograms, owner: Owner, cache: string): string {
  const template = join(cache, `postgres-${programs.version}-${programs.from}-${owner.uid ?? process.getuid?.() ?? 0}`);
  if (existsSync(template)) return template;
  const folder = makeFolderBeside(template);
  try {
    fillTemplate(folder, programs, owner);
  } catch (error) {
    rmSync(folder, { recursive: true, force: true });
    throw error;
  }
  publish(folder, template);
  return template;
}

function fillTemplate(folder: string, { initdb }: PostgresPrograms, owner: Owner): void {
  const password = join(folder, 'password');
  // Other users of this machine reach the server's port; without a password they could run programs as its user.
  writeFileSync(password, randomBytes(16).toString('hex'), { mode: 0o600 });
  for (const path of [folder, password]) own(path, owner);
  const access = ['-U', 'postgres', '--auth=scram-sha-256', `--pwfile=${password}`];
  run(initdb, ['-D', join(folder, 'data'), ...access, '--encoding=UTF8', '--locale=C', '--no-sync'], owner);
}

function makeFolderBeside(path: string): string {
  mkdirSync(dirname(path), { recursive: true, mode: 0o755 });
  return mkdtempSync(join(dirname(path), `.${basename(path)}-`));
}

/** Atomic: another process sees all of the folder or nothing. If another was first, its folder stays. */
function publish(folder: string, path: string): void {
  try {
    renameSync(folder, path);
  } catch (error) {
    rmSync(folder, { recursive: true, force: true });
    if (!existsSync(path)) throw error;
  }
}

function own(path: string, { uid, gid }: Owner): void {
  if (uid !== undefined && gid !== undefined) chownSync(path, uid, gid);
}

function run(program: string, args: readonly string[], owner: Owner): void {
  const options: SpawnSyncOptions = { ...owner, cwd: '/', env: { PATH: process.env.PATH ?? '', LC_ALL: 'C' } };
  const { status, stdout, stderr, error } = spawnSync(program, args, options);
  if (status === 0) return;
  throw new Error(`${program} failed: ${error?.message ?? `${stdout}${stderr}`.slice(-1_000)}`);
}
