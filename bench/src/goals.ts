// What the project holds itself to, and whether a run shows it. It prints nothing.

import type { AllResults } from './results.ts';
import { BASE, SIDES, type Side } from './sides.ts';
import type { Spread } from './statistics.ts';
import { type Row, type RowGoal, summarise } from './summary.ts';

/** `unknown`: the run's own control says that it cannot tell. */
type Verdict = 'holds' | 'missed' | 'unknown';

export interface GoalOutcome {
  readonly title: string;
  readonly wanted: string;
  readonly reached: string;
  readonly verdict: Verdict;
}

const MOST_HEAP = 350;
const MOST_REDIS = 1.3;
const MOST_PAUSE_MS = 5;
/** Fewer sound pairs of slices say nothing. */
const FEWEST_PAIRS = 4;

export function goalsOf(results: AllResults): GoalOutcome[] {
  return [...loadGoals(results), ...bytesGoals(results), ...sweepGoals(results)];
}

function loadGoals({ load }: AllResults): GoalOutcome[] {
  const rows = summarise(SIDES, load?.result ?? []);
  // What the bare route beside itself differs from 1: any share may be as far from what it is.
  const noise = Math.abs((rows.find(({ name }) => name === BASE)?.share.median ?? 1) - 1);
  return rows.flatMap((row) => goalOf(row, noise));
}

function goalOf(row: Row, noise: number): GoalOutcome[] {
  const { title, goal, pairs } = row;
  if (goal === undefined) return [];
  const { wanted, reached, most, commands } = goal;
  const of = goal.of === BASE ? 'of bare' : `of “${titleOf(goal.of)}”`;
  const count = (value: number) => `, ${value.toFixed(2)} Redis commands a request`;
  return [
    {
      title,
      wanted: `≥ ${wanted.toFixed(2)} ${of}${most === undefined ? '' : `, ≤ ${most} Redis commands a request`}`,
      reached: (pairs === 0 ? 'no figure' : spread(reached)) + (commands === undefined ? '' : count(commands)),
      verdict: verdictOf(row, goal, noise),
    },
  ];
}

/** Decided only where the noise of the run would not have made it otherwise. */
function verdictOf({ failed, pairs }: Row, { holds, wanted, reached }: RowGoal, noise: number): Verdict {
  if (failed > 0 || pairs < FEWEST_PAIRS) return 'unknown';
  if (holds) return reached.median * (1 - noise) >= wanted ? 'holds' : 'unknown';
  return reached.median * (1 + noise) < wanted ? 'missed' : 'unknown';
}

const spread = ({ low, median, high }: Spread): string => `${median.toFixed(2)} (${low.toFixed(2)}–${high.toFixed(2)})`;

const titleOf = (name: string): string => SIDES.find((side: Side) => side.name === name)?.title ?? name;

function bytesGoals({ bytes }: AllResults): GoalOutcome[] {
  if (bytes === undefined) return [];
  const { json, heap, redis } = bytes.result;
  const beyond = (heap.find(({ title }) => title === 'memory')?.perSession ?? Number.NaN) - json;
  const [bare, ours] = ['a bare SET of the JSON', 'redis'].map(
    (name) => redis.find(({ title }) => title === name)?.perSession ?? Number.NaN,
  ) as [number, number];
  return [
    {
      title: 'memory, heap for each of 100,000 sessions beyond its JSON',
      wanted: `≤ ${MOST_HEAP} bytes`,
      reached: `${beyond.toFixed(0)} bytes`,
      verdict: beyond <= MOST_HEAP ? 'holds' : 'missed',
    },
    {
      title: 'redis, bytes for each session with its user’s index',
      wanted: `≤ ${MOST_REDIS} of a bare SET of the same JSON`,
      reached: `${(ours / bare).toFixed(2)} (${ours.toFixed(0)} of ${bare.toFixed(0)} bytes)`,
      verdict: ours / bare <= MOST_REDIS ? 'holds' : 'missed',
    },
  ];
}

function sweepGoals({ sweep }: AllResults): GoalOutcome[] {
  if (sweep === undefined) return [];
  const longest = Math.max(...sweep.result.map(({ maxMs }) => maxMs));
  return [
    {
      title: 'memory, longest pause while 1,000,000 sessions are swept',
      wanted: `≤ ${MOST_PAUSE_MS} ms`,
      reached: `${longest.toFixed(1)} ms of processor time`,
      verdict: longest <= MOST_PAUSE_MS ? 'holds' : 'missed',
    },
  ];
}
