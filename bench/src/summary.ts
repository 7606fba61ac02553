// From the runs of all rounds to one row for each side. It prints nothing.
//
// A run is a side's new process beside a new bare one. Processes differ for as long as they live, so that a run counts once,
// however many slices it had: figures are means over rounds, with the interval that so many of them leave open.

import { type Ratio, computeRatio as ratioOf } from '@statecraft/lab/ratio';
import { merged, percentileMs } from './histogram.ts';
import { busyOf, isSound, type Measured, type Pair, type Slice } from './measured.ts';
import { commandsIn } from './redis.ts';
import type { Run } from './rounds.ts';
import { BASE, type Side } from './sides.ts';
import { geometricMean, median, type Spread, spreadOf } from './statistics.ts';

export interface Row {
  readonly name: string;
  readonly title: string;
  readonly group: Side['group'];
  readonly rounds: number;
  /** Pairs of slices that all is of, and those that were left out: a server had less of its core than it could use. */
  readonly pairs: number;
  readonly dropped: number;
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Of the bare route, round by round. */
  readonly share: Ratio;
  /** The same pair of slices by pair. */
  readonly spread: Spread;
  /** As `share`, by the servers' processor time. */
  readonly cpuShare?: Ratio;
  readonly busy?: number;
  readonly commands?: number;
  readonly failed: number;
  readonly goal?: RowGoal;
}

export interface RowGoal {
  readonly of: string;
  readonly wanted: number;
  readonly reached: Ratio;
  /** Redis commands for each request: at most, and seen. */
  readonly most?: number;
  readonly commands?: number;
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
  const cpuShare = besideBare(own, runs, cpuRate);
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
    share: besideBare(own, runs, rate),
    spread: spreadOf(sharesOf(own)),
    ...(cpuShare.rounds > 0 && { cpuShare, busy: median(all.map((pair) => busyOf(pair.own))) }),
    ...commands,
    failed: own.reduce((sum, run) => sum + run.not2xx + run.errors + run.wrong.length, 0),
    ...goalOf(side, own, runs, commands.commands),
  };
}

function goalOf({ goal }: Side, own: readonly Run[], runs: readonly Run[], commands: number | undefined) {
  if (goal === undefined) return {};
  const reached = goal.of === BASE ? besideBare(own, runs, rate) : besideOther(own, runs, goal.of);
  const counted = goal.commands === undefined || commands === undefined ? {} : { most: goal.commands, commands };
  return { goal: { of: goal.of, wanted: goal.share, reached, ...counted } satisfies RowGoal };
}

type Rate = (slice: Slice) => number;

/** Each run beside all bare servers of its round: one alone is a quick or a slow one, by chance. */
function besideBare(own: readonly Run[], runs: readonly Run[], of: Rate): Ratio {
  const bareIn = (round: number) =>
    geometricMean(runs.filter((run) => run.round === round).map((run) => of(totalOf(run, 'bare'))));
  return ratioOf(
    own.map((run) => of(totalOf(run, 'own'))),
    own.map(({ round }) => bareIn(round)),
  );
}

/** Each run beside the other side's in the same round. */
function besideOther(own: readonly Run[], runs: readonly Run[], other: string): Ratio {
  const there = own.map(({ round }) => runs.find((run) => run.side === other && run.round === round));
  return ratioOf(
    own.map((run) => rate(totalOf(run, 'own'))),
    there.map((run) => (run === undefined ? Number.NaN : rate(totalOf(run, 'own')))),
  );
}

/** Of all sound slices together. */
function totalOf({ pairs }: Measured, which: keyof Pair): Slice {
  const slices = pairs.filter(isSound).map((pair) => pair[which]);
  const sum = (of: (slice: Slice) => number) => slices.reduce((total, slice) => total + of(slice), 0);
  return {
    requests: sum(({ requests }) => requests),
    seconds: sum(({ seconds }) => seconds),
    cpuMs: sum(({ cpuMs }) => cpuMs ?? 0),
  };
}

export const sharesOf = (runs: readonly Measured[]): number[] =>
  runs.flatMap(({ pairs }) => pairs.filter(isSound).map(({ own, bare }) => rate(own) / rate(bare)));

const rate: Rate = ({ requests, seconds }) => requests / seconds;

/** Requests for each second of the server's processor time: what other work on the machine took is not in it. */
const cpuRate: Rate = ({ requests, cpuMs }) => (cpuMs ? (requests * 1000) / cpuMs : Number.NaN);

export const rateOf = ({ pairs }: Measured): number => median(pairs.filter(isSound).map(({ own }) => rate(own)));

export function textOf(measured: Measured): string {
  const { length } = measured.pairs.filter(isSound);
  if (length === 0) return `no figure: in none of ${measured.pairs.length} slices had both servers their core`;
  const perSecond = Math.round(rateOf(measured)).toLocaleString('en');
  return `${perSecond} requests/s, ${median(sharesOf([measured])).toFixed(2)} of bare`;
}
