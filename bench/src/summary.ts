// From the runs of all rounds to one row for each side. It prints nothing.

import { merged, percentileMs } from './histogram.ts';
import { busyOf, isSound, type Measured, type Pair, type Slice } from './measured.ts';
import { commandsIn } from './redis.ts';
import type { Run } from './rounds.ts';
import { BASE, type Side } from './sides.ts';
import { median, type Spread, spreadOf } from './statistics.ts';

export interface Row {
  readonly name: string;
  readonly title: string;
  readonly group: Side['group'];
  readonly rounds: number;
  /** Pairs of slices that the shares are of, and those that were left out: a server had less of its core than it could use. */
  readonly pairs: number;
  readonly dropped: number;
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Of the bare route, slice by slice. */
  readonly share: Spread;
  /** The same by the servers' processor time. */
  readonly cpuShare?: Spread;
  readonly busy?: number;
  readonly commands?: number;
  readonly failed: number;
  readonly goal?: RowGoal;
}

export interface RowGoal {
  readonly of: string;
  readonly wanted: number;
  readonly reached: Spread;
  /** Redis commands for each request: at most, and seen. */
  readonly most?: number;
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
  const all = own.flatMap((run) => run.pairs);
  const pairs = all.filter(isSound);
  const times = merged(own.map(({ histogram }) => histogram));
  const commands = side.redis ? { commands: median(own.map((run) => commandsIn(run.commands ?? {}))) } : {};
  const cpuShares = pairs.flatMap((pair) => shareOf(pair, cpuRate));
  return {
    name: side.name,
    title: side.title,
    group: side.group,
    rounds: own.length,
    pairs: pairs.length,
    dropped: all.length - pairs.length,
    perSecond: median(pairs.map((pair) => rate(pair.own))),
    p50Ms: percentileMs(times, 0.5),
    p99Ms: percentileMs(times, 0.99),
    share: spreadOf(pairs.flatMap((pair) => shareOf(pair, rate))),
    ...(cpuShares.length > 0 && { cpuShare: spreadOf(cpuShares), busy: median(all.map((pair) => busyOf(pair.own))) }),
    ...commands,
    failed: own.reduce((sum, run) => sum + run.not2xx + run.errors + run.wrong.length, 0),
    ...goalOf(side, own, runs, commands.commands),
  };
}

function goalOf({ goal }: Side, own: readonly Run[], runs: readonly Run[], commands: number | undefined) {
  if (goal === undefined) return {};
  const reached = spreadOf(goal.of === BASE ? sharesOf(own) : ofOther(own, runs, goal.of));
  const most = goal.commands;
  // What was under way when the load ended counts with Redis and not with the generator.
  const few = most === undefined || (commands ?? Number.NaN) <= most + 0.02;
  const outcome = { of: goal.of, wanted: goal.share, reached, holds: reached.median >= goal.share && few };
  const counted = most === undefined || commands === undefined ? {} : { most, commands };
  return { goal: { ...outcome, ...counted } satisfies RowGoal };
}

/** Share by share of the other side's median share in the same round. */
function ofOther(own: readonly Run[], runs: readonly Run[], other: string): number[] {
  return own.flatMap((run) => {
    const there = runs.filter(({ side, round }) => side === other && round === run.round);
    const base = median(sharesOf(there));
    return Number.isNaN(base) ? [] : sharesOf([run]).map((share) => share / base);
  });
}

export const sharesOf = (runs: readonly Measured[]): number[] =>
  runs.flatMap(({ pairs }) => pairs.filter(isSound).flatMap((pair) => shareOf(pair, rate)));

const rate = ({ requests, seconds }: Slice): number => requests / seconds;

/** Requests for each second of the server's processor time: what other work on the machine took is not in it. */
const cpuRate = ({ requests, cpuMs }: Slice): number | undefined => (cpuMs ? (requests * 1000) / cpuMs : undefined);

function shareOf({ own, bare }: Pair, of: (slice: Slice) => number | undefined): number[] {
  const [one, base] = [of(own), of(bare)];
  return one === undefined || base === undefined || base === 0 ? [] : [one / base];
}

export const rateOf = ({ pairs }: Measured): number => median(pairs.filter(isSound).map(({ own }) => rate(own)));

export function textOf(measured: Measured): string {
  const { length } = measured.pairs.filter(isSound);
  if (length === 0) return `no figure: in none of ${measured.pairs.length} slices had both servers their core`;
  const perSecond = Math.round(rateOf(measured)).toLocaleString('en');
  return `${perSecond} requests/s, ${median(sharesOf([measured])).toFixed(2)} of bare`;
}
