// From the runs of all rounds to one row for each side. It prints nothing.

import { commandsIn } from './redis.ts';
import type { Run } from './rounds.ts';
import { BASE, type Side } from './sides.ts';
import { median, ratios, type Spread, spreadOf } from './statistics.ts';

export interface Row {
  readonly name: string;
  readonly title: string;
  readonly group: Side['group'];
  readonly rounds: number;
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Of the bare route, round by round. */
  readonly share: Spread;
  /** The same by the servers' processor time. */
  readonly cpuShare?: Spread;
  readonly busy?: number;
  readonly commands?: number;
  readonly failed: number;
  readonly goal?: GoalOutcome;
}

interface GoalOutcome {
  readonly of: string;
  readonly wanted: number;
  readonly reached: Spread;
  readonly commands?: number;
  readonly holds: boolean;
}

export function summarise(sides: readonly Side[], runs: readonly Run[]): Row[] {
  return sides.flatMap((side) => {
    const own = runs.filter((run) => run.side === side.name);
    return own.length === 0 ? [] : [rowOf(side, own, runs)];
  });
}

function rowOf(side: Side, own: readonly Run[], runs: readonly Run[]): Row {
  const middle = (of: (run: Run) => number | undefined) =>
    median(own.map(of).filter((value): value is number => value !== undefined));
  const commands = side.redis ? { commands: middle((run) => commandsIn(run.commands ?? {})) } : {};
  const cpuShares = ratios(byRound(own, cpu), byRound(of(runs, BASE), cpu));
  const busy = middle((run) => run.busy);
  return {
    name: side.name,
    title: side.title,
    group: side.group,
    rounds: own.length,
    perSecond: middle((run) => run.perSecond),
    p50Ms: middle((run) => run.p50Ms),
    p99Ms: middle((run) => run.p99Ms),
    share: spreadOf(ratios(byRound(own, speed), byRound(of(runs, BASE), speed))),
    ...(cpuShares.length > 0 && { cpuShare: spreadOf(cpuShares) }),
    ...(!Number.isNaN(busy) && { busy }),
    ...commands,
    failed: own.reduce((sum, run) => sum + run.not2xx + run.errors + run.wrong.length, 0),
    ...goalOf(side, own, runs, commands.commands),
  };
}

function goalOf({ goal }: Side, own: readonly Run[], runs: readonly Run[], commands: number | undefined) {
  if (goal === undefined) return {};
  const reached = spreadOf(ratios(byRound(own, speed), byRound(of(runs, goal.of), speed)));
  const most = goal.commands;
  // One touch among some thousand reads is no second command.
  const few = most === undefined || (commands ?? Number.NaN) <= most + 0.005;
  const outcome = { of: goal.of, wanted: goal.share, reached, holds: reached.median >= goal.share && few };
  return { goal: { ...outcome, ...(most !== undefined && { commands: most }) } satisfies GoalOutcome };
}

const speed = (run: Run): number => run.perSecond;
const cpu = (run: Run): number | undefined => run.perCpuSecond;
const of = (runs: readonly Run[], side: string): Run[] => runs.filter((run) => run.side === side);

function byRound(runs: readonly Run[], value: (run: Run) => number | undefined): Map<number, number> {
  const found = runs.map((run) => [run.round, value(run)] as const);
  return new Map(found.filter((pair): pair is readonly [number, number] => pair[1] !== undefined));
}
