// Where a run was measured: without it, a figure says little.

import { spawnSync } from 'node:child_process';
import { arch, cpus, platform, release, totalmem } from 'node:os';
import { dirname } from 'node:path';
import { findExecutable } from '@statecraft/infra-dev';
import type { Environment } from '../contracts/report.ts';
import { readLimits } from './preflight.ts';

/** `entry`: a file of the checkout whose commit is named. The others: versions, where there was one. */
export interface EnvironmentFacts extends Pick<Environment, 'redis' | 'postgres' | 'nginx' | 'gateway'> {
  readonly entry: string;
}

export function describeEnvironment({ entry, ...facts }: EnvironmentFacts): Environment {
  const { openFiles, memoryBytes } = readLimits();
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
      'memory available, MiB': Math.round(memoryBytes / 2 ** 20),
    },
    ...readCommit(entry),
    measuredAt: new Date().toISOString(),
  };
}

/** The commit, with + when the tree differs from it; nothing outside of a checkout. */
function readCommit(entry: string): { commit?: string } {
  const runGit = (...args: string[]) => spawnSync('git', args, { cwd: dirname(entry), encoding: 'utf8' });
  const { status, stdout } = runGit('rev-parse', '--short=12', 'HEAD');
  if (status !== 0) return {};
  const changed = runGit('status', '--porcelain', '--untracked-files=no').stdout !== '';
  return { commit: stdout.trim() + (changed ? '+' : '') };
}

/** The version that a program on the PATH prints: `1.28.0`. */
export function readVersion(program: string, args: readonly string[]): string | undefined {
  const file = findExecutable(program);
  if (file === undefined) return undefined;
  const { stdout, stderr } = spawnSync(file, args, { encoding: 'utf8' });
  return /\d+\.\d+\.\d+/.exec(`${stdout}${stderr}`)?.[0];
}
