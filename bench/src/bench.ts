// What every section of a run is given.

import type { Generator } from './load/generate.ts';
import type { BenchRedis } from './redis.ts';

export interface Plan {
  readonly rounds: number;
  /** Different users. */
  readonly people: number;
  readonly connections: number;
  readonly warmUpSeconds: number;
  /** Of load on a side in each round, and as long on the bare route, in slices that alternate. */
  readonly seconds: number;
  readonly slices: number;
  /** Fewer sessions, smaller steps: to see that all works, not to be believed. */
  readonly quick: boolean;
}

export interface Bench {
  readonly generator: Generator;
  readonly plan: Plan;
  /** Its own server; undefined when no section and no side asks for it. */
  readonly redis: BenchRedis | undefined;
  /** Progress, a line at a time. */
  readonly say: (line: string) => void;
}

export function redisOf({ redis }: Bench): BenchRedis {
  if (redis === undefined) throw new Error('This needs a Redis server.');
  return redis;
}
