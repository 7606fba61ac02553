// Where a run was measured: without it, a figure says little.

import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { arch, cpus, platform, release, totalmem } from 'node:os';
import { dirname, join } from 'node:path';
import { findExecutable } from '@statecraft/infra-dev';
import type { Environment } from '../contracts/report.ts';
import { readLimits } from './limits.ts';

/** `entry`: a file of the checkout, whose commit and lockfile are named. The others: versions, where there was one. */
export interface EnvironmentFacts extends Pick<Environment, 'redis' | 'nginx' | 'gateway'> {
  readonly entry: string;
}

export function describeEnvironment({ entry, ...facts }: EnvironmentFacts): Environment {
  const { openFiles, portRange, memoryBytes } = readLimits();
  return {
    node: process.versions.node,
    platform: `${platform()} ${release()} ${arch()}`,
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: cpus().length,
    memoryBytes: totalmem(),
    ...facts,
    pinned: 'nothing; the system moves every process between the cores',
    limits: {
      'open files': Number.isFinite(openFiles) ? openFiles : 'unlimited',
      'client ports': portRange,
      'memory available, MiB': Math.round(memoryBytes / 2 ** 20),
    },
    ...readCheckout(entry),
    measuredAt: new Date().toISOString(),
  };
}

/** The commit (with + when the tree differs from it) and the lockfile, where there is a checkout. */
function readCheckout(entry: string): { commit?: string; lockfile?: string } {
  let root = dirname(entry);
  while (!existsSync(join(root, 'pnpm-lock.yaml')) && dirname(root) !== root) root = dirname(root);
  const lockfile = join(root, 'pnpm-lock.yaml');
  if (!existsSync(lockfile)) return {};
  const runGit = (...args: string[]) => {
    const { status, stdout } = spawnSync('git', args, { cwd: root, encoding: 'utf8' });
    return status === 0 ? stdout.trim() : undefined;
  };
  const commit = runGit('rev-parse', '--short=12', 'HEAD');
  const changed = runGit('status', '--porcelain', '--untracked-files=no') !== '';
  return {
    ...(commit === undefined ? {} : { commit: changed ? `${commit}+` : commit }),
    lockfile: createHash('sha256').update(readFileSync(lockfile)).digest('hex').slice(0, 12),
  };
}

/** The version that a program on the PATH prints: `1.28.0`. */
export function readVersion(program: string, args: readonly string[]): string | undefined {
  const file = findExecutable(program);
  if (file === undefined) return undefined;
  const { stdout, stderr } = spawnSync(file, args, { encoding: 'utf8' });
  return /\d+\.\d+\.\d+/.exec(`${stdout}${stderr}`)?.[0];
}
