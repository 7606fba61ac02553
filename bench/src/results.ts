// What a run found, as it is printed and stored, and the arithmetic on it: medians, ratios, and when there are none.

import { spawnSync } from 'node:child_process';
import { cpus, loadavg, release, totalmem } from 'node:os';
import { BARE, type Contender } from './contenders.ts';
import { readPercentile } from './load.ts';
import { CAN_PIN, type Plan, type Sample } from './measure.ts';

export interface Results {
  /** ISO 8601. */
  readonly measuredAt: string;
  readonly commit: string;
  /** Processor, memory, system, Node, how busy it was, and whether the server had a core of its own. */
  readonly machine: string;
  readonly plan: Plan;
  readonly contenders: readonly Result[];
}

export interface Result extends Pick<Contender, 'name' | 'title' | 'table' | 'own' | 'peers'> {
  /** Processor time of the server for one request, µs, by round. */
  readonly micros: readonly number[];
  /** By round. */
  readonly requestsPerSecond: readonly number[];
  /** Over all answers of all rounds. */
  readonly p99Ms: number;
}

const MOST_DIFFERENCE = 1 / 20;
export const NO_RATIOS =
  'The two medians of the bare route differ by more than a twentieth: the machine was too busy for ratios.';

export function createResult({ name, title, table, own, peers }: Contender, samples: readonly Sample[]): Result {
  const latencies = new Uint32Array(samples[0]?.latencies.length ?? 0);
  for (const sample of samples) {
    for (const [bucket, count] of sample.latencies.entries()) latencies[bucket] = (latencies[bucket] ?? 0) + count;
  }
  return {
    name,
    title,
    table,
    own,
    peers,
    micros: samples.map(({ micros }) => round(micros, 2)),
    requestsPerSecond: samples.map(({ requestsPerSecond }) => Math.round(requestsPerSecond)),
    p99Ms: readPercentile(latencies, 0.99),
  };
}

/** @throws RangeError without values */
export function computeMedian(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const [low, high] = [sorted[Math.ceil(sorted.length / 2) - 1], sorted[Math.floor(sorted.length / 2)]];
  if (low === undefined || high === undefined) throw new RangeError('There is no median of no values.');
  return (low + high) / 2;
}

/** Whether both medians of the bare route agree to a twentieth. If they do not, the run says nothing about ratios. */
export function hasSteadyBare({ contenders }: Results): boolean {
  const medians = contenders.filter(({ name }) => isBare(name)).map(({ micros }) => computeMedian(micros));
  return medians.length === BARE.length && Math.max(...medians) <= Math.min(...medians) * (1 + MOST_DIFFERENCE);
}

/** The median of all rounds of the bare route, both series together: µs. */
export function computeBareMicros({ contenders }: Results): number {
  return computeMedian(contenders.filter(({ name }) => isBare(name)).flatMap(({ micros }) => micros));
}

export function describeMachine(): string {
  const cpu = cpus()[0]?.model.trim() ?? 'unknown processor';
  const memory = `${cpus().length} cores, ${Math.round(totalmem() / 1024 ** 3)} GiB`;
  const system = `${process.platform} ${release()} ${process.arch}, Node ${process.versions.node}`;
  const load = `load average ${loadavg()[2]?.toFixed(1)} over 15 minutes`;
  return `${cpu}, ${memory}, ${system}, ${load}, the server ${CAN_PIN ? 'on' : 'without'} a core of its own`;
}

/** The short commit, with a plus sign if tracked files differ from it; `unknown` without Git. */
export function readCommit(): string {
  const describe = ['describe', '--always', '--exclude=*', '--dirty=+'];
  const git = spawnSync('git', describe, { cwd: import.meta.dirname, encoding: 'utf8' });
  return git.status === 0 ? git.stdout.trim() : 'unknown';
}

function isBare(name: string): boolean {
  return BARE.some((bare) => bare === name);
}

function round(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}
