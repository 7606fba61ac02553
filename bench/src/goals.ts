// What the project holds itself to, and whether a run shows it. It prints nothing.

import type { Ratio } from '@statecraft/lab/ratio';
import type { AllResults } from './results.ts';
import { BASE, SIDES, type Side } from './sides.ts';
import { type Row, type RowGoal, summarise } from './summary.ts';

/** `no difference`: a goal of being as fast as another side, where the interval holds 1. `unknown`: the run cannot tell. */
type Verdict = 'holds' | 'no difference' | 'missed' | 'unknown';

export interface GoalOutcome {
  readonly title: string;
  readonly wanted: string;
  readonly reached: string;
  readonly verdict: Verdict;
}

const MOST_HEAP = 350;
const MOST_REDIS = 1.3;
const MOST_PAUSE_MS = 5;
/** What was under way when the load ended counts with Redis and not with the generator. */
const COMMANDS_UNDER_WAY = 0.02;

export function goalsOf(results: AllResults): GoalOutcome[] {
  return [...loadGoals(results), ...bytesGoals(results), ...sweepGoals(results)];
}

function loadGoals({ load }: AllResults): GoalOutcome[] {
  const rows = summarise(SIDES, load?.result ?? []);
  const isControlled = rows.find(({ name }) => name === BASE)?.share.differs === false;
  return rows.flatMap((row) => goalOf(row, isControlled));
}

function goalOf(row: Row, isControlled: boolean): GoalOutcome[] {
  const { title, goal } = row;
  if (goal === undefined) return [];
  const { wanted, reached, most, commands } = goal;
  const of = goal.of === BASE ? 'of bare' : `of “${titleOf(goal.of)}”`;
  const count = (value: number) => `, ${value.toFixed(2)} Redis commands a request`;
  return [
    {
      title,
      wanted: `≥ ${wanted.toFixed(2)} ${of}${most === undefined ? '' : `, ≤ ${most} Redis commands a request`}`,
      reached: inFigures(reached) + (commands === undefined ? '' : count(commands)),
      verdict: verdictOf(row, goal, isControlled),
    },
  ];
}

/**
 * By the 95 % interval of the mean over rounds, where the bare route beside itself shows no difference (docs/decisions/0004). The
 * rule knows no medians and no margins.
 */
function verdictOf({ failed }: Row, { wanted, reached, most, commands }: RowGoal, isControlled: boolean): Verdict {
  if (failed > 0) return 'unknown';
  if (most !== undefined && commands !== undefined && commands > most + COMMANDS_UNDER_WAY) return 'missed';
  if (!isControlled) return 'unknown';
  if (reached.low >= wanted) return 'holds';
  if (reached.high < wanted) return 'missed';
  return wanted === 1 && Number.isFinite(reached.high) ? 'no difference' : 'unknown';
}

function inFigures({ mean, low, high, rounds }: Ratio): string {
  if (rounds === 0) return 'no figure';
  return Number.isFinite(high) ? `${mean.toFixed(2)} (${low.toFixed(2)}–${high.toFixed(2)})` : mean.toFixed(2);
}

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
