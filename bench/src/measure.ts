// One measurement: a fresh process, users who sign in, checked answers, a warm-up that is thrown away, then requests.
// The processor time of the process is read from /proc.

import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { findExecutable, startNode } from '@statecraft/infra-dev';
import type { Contender } from './contenders.ts';
import { type Load, type LoadResult, openLoad } from './load.ts';
import { createHeaderSource, findWrongAnswers, signInUsers } from './users.ts';

export interface Sample {
  /** Processor time of the server for one request, user and system, all threads: µs. */
  readonly micros: number;
  readonly requestsPerSecond: number;
  /** As in load.ts. */
  readonly latencies: Uint32Array;
}

export interface Plan {
  readonly users: number;
  readonly connections: number;
  /** s of the server's processor time, not of the clock: where others use the core, too, a measurement takes longer. */
  readonly warmUpSeconds: number;
  readonly seconds: number;
}

export const PLAN: Plan = { users: 100, connections: 50, warmUpSeconds: 1, seconds: 1.5 };

const ROOT = new URL('../../', import.meta.url);
/** The load and Redis share a core. The server that is measured has another. */
const CORES = { load: 0, server: 1 };
/** Linux counts processor time in hundredths of a second (`man 5 proc`: USER_HZ). */
const MICROS_PER_TICK = 10_000;

/** Whether processes can be kept on a core each. Read before any is: a process on one core has a parallelism of 1. */
export const CAN_PIN =
  process.platform === 'linux' && availableParallelism() > 1 && findExecutable('taskset') !== undefined;

/** Starts the contender as a process of its own and ends it afterwards. */
export async function withServer<T>(
  { file, env, root = ROOT }: Contender,
  redisUrl: string | undefined,
  use: (url: string, pid: number) => Promise<T>,
): Promise<T> {
  const server = startNode(new URL(file, root), {
    env: redisUrl === undefined ? env : { ...env, REDIS_URL: redisUrl },
  });
  try {
    return await use(await server.url, server.pid);
  } finally {
    await server.stop();
  }
}

/** @throws if the process ends, if an answer is wrong, or if a request of the load is not answered with 200. */
export function measureContender(contender: Contender, redisUrl?: string, plan = PLAN): Promise<Sample> {
  return withServer(contender, redisUrl, async (url, pid) => {
    pinProcess(pid, CORES.server);
    const users = await signInUsers(contender, url, plan.users);
    const wrong = contender.credential === 'none' ? [] : await findWrongAnswers(contender, url, users);
    if (wrong.length > 0) throw new Error(wrong.slice(0, 3).join('\n'));
    const nextHeader = createHeaderSource(contender, users);
    const load = openLoad({ url: new URL(contender.path, url), nextHeader, connections: plan.connections });
    try {
      await runLoad(load, pid, plan.warmUpSeconds);
      const before = readProcessorMicros(pid);
      const { requests, seconds, latencies, refused } = await runLoad(load, pid, plan.seconds);
      const micros = (readProcessorMicros(pid) - before) / requests;
      if (refused > 0) throw new Error(`${refused} of ${requests} requests of the load were not answered with 200.`);
      return { micros, requestsPerSecond: requests / seconds, latencies };
    } finally {
      load.close();
    }
  });
}

/** Runs the load until the server has used so much processor time, or for four times that by the clock. */
function runLoad(load: Load, pid: number, seconds: number): Promise<LoadResult> {
  const end = readProcessorMicros(pid) + seconds * 1e6;
  const latest = performance.now() + 4 * seconds * 1000;
  return load.run(() => readProcessorMicros(pid) >= end || performance.now() >= latest);
}

/** Keeps this process, and what it starts from now on, off the server's core. */
export function pinBench(): void {
  pinProcess(process.pid, CORES.load);
}

function readProcessorMicros(pid: number): number {
  return parseProcessorMicros(readFileSync(`/proc/${pid}/stat`, 'utf8'));
}

/** From /proc/<pid>/stat. The name of the program may hold spaces and parentheses, so fields are counted after it. */
export function parseProcessorMicros(stat: string): number {
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [user, system] = [Number(fields[11]), Number(fields[12])];
  return (user + system) * MICROS_PER_TICK;
}

function pinProcess(pid: number, core: number): void {
  if (CAN_PIN) spawnSync('taskset', ['-a', '-c', '-p', String(core), String(pid)]);
}
