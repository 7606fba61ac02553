// Section `load`: what a signed-in user's request costs, ours beside the peers.

import type { Bench } from '../bench.ts';
import { askBare, type Run, runRounds, runSide } from '../rounds.ts';
import type { Side } from '../sides.ts';
import { textOf } from '../summary.ts';

/**
 * @param before runs of earlier rounds, which these continue
 * @param keep called after each run with all so far: what was measured outlives an interruption
 */
export async function runLoad(
  bench: Bench,
  sides: readonly Side[],
  before: readonly Run[],
  keep: (runs: readonly Run[]) => void,
): Promise<Run[]> {
  const runs = [...before];
  const first = 1 + Math.max(0, ...before.map(({ round }) => round));
  const total = sides.length * bench.plan.rounds;
  const one: Parameters<typeof runRounds>[4] = (side, server, bare) => runSide(bench, side, server, bare);
  for await (const run of runRounds(bench, sides, first, askBare, one)) {
    runs.push(run);
    keep(runs);
    bench.say(`  ${runs.length - before.length}/${total}  ${run.side}: ${textOf(run)}`);
    for (const line of run.wrong.slice(0, 3)) bench.say(`    WRONG: ${line}`);
  }
  return runs;
}
