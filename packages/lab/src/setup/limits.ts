// The limits of this machine: open files, client ports, memory.

import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { availableParallelism, freemem } from 'node:os';

export interface Limits {
  /** Per process; Infinity when unlimited. */
  readonly openFiles: number;
  /** `32768–60999`, or `unknown`. */
  readonly portRange: string;
  readonly ports: number;
  readonly cores: number;
  /** Available, not only free. */
  readonly memoryBytes: number;
}

export function readLimits(): Limits {
  const files = spawnSync('sh', ['-c', 'ulimit -n'], { encoding: 'utf8' }).stdout?.trim();
  const [low, high] = readText('/proc/sys/net/ipv4/ip_local_port_range').trim().split(/\s+/).map(Number);
  const available = /MemAvailable:\s+(\d+) kB/.exec(readText('/proc/meminfo'))?.[1];
  const known = low !== undefined && high !== undefined && high > 0;
  return {
    openFiles: files === 'unlimited' || !files ? Number.POSITIVE_INFINITY : Number(files),
    portRange: known ? `${low}–${high}` : 'unknown',
    // Where the range cannot be read: what IANA gives to clients (RFC 6335, 6).
    ports: known ? high - low + 1 : 16_384,
    cores: availableParallelism(),
    memoryBytes: available === undefined ? freemem() : Number(available) * 1024,
  };
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
