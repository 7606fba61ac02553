// Section `sweep`: the longest pause of the event loop while 1,000,000 expired sessions are swept.

import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { Bench } from '../bench.ts';
import { onServerCore, root } from '../server.ts';

interface Gaps {
  readonly turns: number;
  /** Pauses of more than 5 ms. */
  readonly over5: number;
  readonly p999Ms: number;
  readonly maxMs: number;
}

export interface SweepResult {
  readonly sessions: number;
  readonly tookMs: number;
  readonly sweeping: Gaps;
  /** The same loop with nothing to sweep. */
  readonly idle: Gaps;
}

export async function runSweep(bench: Bench): Promise<SweepResult[]> {
  const results: SweepResult[] = [];
  for (let round = 0; round < Math.min(3, bench.plan.rounds); round++) {
    const result = await sweepOnce(bench.plan.quick ? 100_000 : 1_000_000);
    const [during, idle] = [result.sweeping, result.idle].map(({ maxMs }) => maxMs.toFixed(1));
    bench.say(
      `  ${result.sessions.toLocaleString('en')} sessions: longest pause ${during} ms, with nothing to sweep ${idle}`,
    );
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
