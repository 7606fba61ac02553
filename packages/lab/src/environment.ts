// Where a figure was measured: it goes into every report, since a figure without it says little.

import { arch, cpus, platform, release, totalmem } from 'node:os';

export interface Environment {
  readonly node: string;
  readonly platform: string;
  readonly cpu: string;
  readonly cores: number;
  readonly memoryBytes: number;
  /** The Redis that was used: its version and where it came from; undefined when there was none. */
  readonly redis?: string;
  /** ISO 8601. */
  readonly measuredAt: string;
}

export function describeEnvironment(redis: string | undefined): Environment {
  return {
    node: process.versions.node,
    platform: `${platform()} ${release()} ${arch()}`,
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: cpus().length,
    memoryBytes: totalmem(),
    ...(redis === undefined ? {} : { redis }),
    measuredAt: new Date().toISOString(),
  };
}
