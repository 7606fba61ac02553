// Section `sweep`: the longest pause of the event loop while 1,000,000 expired sessions are swept.

import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { Bench } from '../bench.ts';
import { onServerCore, root } from '../server.ts';

export interface SweepResult {
  readonly sessions: number;
  readonly tookMs: number;
  readonly slices: number;
  /** The longest slice, by processor time of the thread, collections of garbage within it included. */
  readonly maxMs: number;
  /** Slices of more than 5 ms of it. */
  readonly over5: number;
  /** The longest gap between two turns of the event loop by the wall clock, in which other processes are, too. */
  readonly sweepingWallMs: number;
  /** The same with nothing to sweep. */
  readonly idleWallMs: number;
}

export async function runSweep(bench: Bench): Promise<SweepResult[]> {
  const results: SweepResult[] = [];
  for (let round = 0; round < Math.min(3, bench.plan.rounds); round++) {
    const result = await sweepOnce(bench.plan.quick ? 100_000 : 1_000_000);
    const { maxMs, sweepingWallMs, idleWallMs } = result;
    const walls = `longest gap ${sweepingWallMs.toFixed(1)} ms, with nothing to sweep ${idleWallMs.toFixed(1)}`;
    bench.say(`  longest slice ${maxMs.toFixed(2)} ms of processor time; ${walls}`);
    results.push(result);
  }
  return results;
}

async function sweepOnce(sessions: number): Promise<SweepResult> {
  const node = [process.execPath, '--expose-gc', '--conditions=@statecraft/source'] as const;
  const [program, ...args] = onServerCore([...node, `${root}bench/src/sweep-process.ts`, String(sessions)]);
  const { stdout } = await promisify(execFile)(program, args, { timeout: 120_000 });
  return JSON.parse(stdout) as SweepResult;
}
