// Where and of what a figure was measured: it goes into every file of results, since a figure without it says little.

import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { cpus, getPriority, loadavg, release, totalmem } from 'node:os';
import type { Bench } from './bench.ts';
import { CORES, canPin, root } from './server.ts';

export interface Environment {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGiB: number;
  readonly system: string;
  readonly node: string;
  readonly redis?: string;
  readonly generator: string;
  /** Which core does what; undefined where processes cannot be kept on one. */
  readonly pinned?: { readonly server: number; readonly generatorAndRedis: number };
  /** Of the bench and all that it starts: below 0 goes before other work on the machine (nice). */
  readonly priority: number;
  /** The average over the last minute, as the section began. */
  readonly load: number;
  readonly commit: string;
  /** First 12 digits of pnpm-lock.yaml's SHA-256. */
  readonly lockfile: string;
  /** ISO 8601. */
  readonly measuredAt: string;
}

export function environmentOf({ generator, redis }: Bench): Environment {
  return {
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: cpus().length,
    memoryGiB: Math.round(totalmem() / 1024 ** 3),
    system: `${process.platform} ${release()} ${process.arch}`,
    node: process.versions.node,
    ...(redis && { redis: redis.version }),
    generator: generator === 'wrk' ? said('wrk', ['-v']).split(' [')[0] || 'wrk' : generator,
    ...(canPin() && { pinned: { server: CORES.server, generatorAndRedis: CORES.generator } }),
    priority: getPriority(),
    load: Math.round((loadavg()[0] ?? 0) * 10) / 10,
    commit: said('git', ['rev-parse', '--short=12', 'HEAD']) || 'unknown',
    lockfile: createHash('sha256')
      .update(readFileSync(`${root}pnpm-lock.yaml`))
      .digest('hex')
      .slice(0, 12),
    measuredAt: new Date().toISOString(),
  };
}

/** The first line, or nothing when it cannot be had: a tarball has no git. `wrk -v` says its version and fails. */
function said(program: string, args: readonly string[]): string {
  try {
    return execFileSync(program, args, { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  } catch (error) {
    return (
      String((error as { stdout?: string }).stdout ?? '')
        .split('\n')[0]
        ?.trim() ?? ''
    );
  }
}
