// Where a figure was measured: it goes into every report, since a figure without it says little.

import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { arch, cpus, platform, release, totalmem } from 'node:os';
import { dirname, join } from 'node:path';
import { findExecutable } from '@statecraft/infra-dev';
import type { Environment } from '../contracts/report.ts';
import { readLimits } from './limits.ts';

export interface Measured {
  /** The Redis that was used: its version and where it came from; undefined when there was none. */
  readonly redis: string | undefined;
  readonly nginx: string | undefined;
  /** Undefined: of a target nobody knows. */
  readonly gateway: string | undefined;
  /** A file of the checkout: its commit and lockfile are named. */
  readonly entry: string;
}

export function describeEnvironment({ redis, nginx, gateway, entry }: Measured): Environment {
  const { openFiles, portRange, memoryBytes } = readLimits();
  return {
    node: process.versions.node,
    platform: `${platform()} ${release()} ${arch()}`,
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: cpus().length,
    memoryBytes: totalmem(),
    ...(redis === undefined ? {} : { redis }),
    ...(nginx === undefined ? {} : { nginx }),
    ...(gateway === undefined ? {} : { gateway }),
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
  const git = (...args: string[]) => {
    const { status, stdout } = spawnSync('git', args, { cwd: root, encoding: 'utf8' });
    return status === 0 ? stdout.trim() : undefined;
  };
  const commit = git('rev-parse', '--short=12', 'HEAD');
  const changed = git('status', '--porcelain', '--untracked-files=no') !== '';
  return {
    ...(commit === undefined ? {} : { commit: changed ? `${commit}+` : commit }),
    lockfile: createHash('sha256').update(readFileSync(lockfile)).digest('hex').slice(0, 12),
  };
}

/** What a program on the PATH says of its version: `1.28.0`. */
export function readVersion(program: string, args: readonly string[]): string | undefined {
  const file = findExecutable(program);
  if (file === undefined) return undefined;
  const { stdout, stderr } = spawnSync(file, args, { encoding: 'utf8' });
  return /\d+\.\d+\.\d+/.exec(`${stdout}${stderr}`)?.[0];
}
