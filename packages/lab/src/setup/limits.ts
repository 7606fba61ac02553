// The limits of this machine: open files and memory.

import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { availableParallelism, freemem } from 'node:os';

export interface Limits {
  /** Per process; Infinity when unlimited. */
  readonly openFiles: number;
  readonly cores: number;
  /** Bytes that are available, not only free. */
  readonly memoryBytes: number;
}

const MEMORY = '/proc/meminfo';

export function readLimits(): Limits {
  const files = spawnSync('sh', ['-c', 'ulimit -n'], { encoding: 'utf8' }).stdout?.trim();
  const memory = existsSync(MEMORY) ? readFileSync(MEMORY, 'utf8') : '';
  const available = /MemAvailable:\s+(\d+) kB/.exec(memory)?.[1];
  return {
    openFiles: files === 'unlimited' || !files ? Number.POSITIVE_INFINITY : Number(files),
    cores: availableParallelism(),
    memoryBytes: available === undefined ? freemem() : Number(available) * 1024,
  };
}
