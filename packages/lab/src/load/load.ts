// Three loads: on a schedule (open loop), as fast as answers come (closed loop), one request of each user (roll call).

import { runInTurns } from '../common/turns.ts';
import type { Part } from '../contracts/context.ts';
import { type AskerOptions, runWithAsker } from './asker.ts';
import type { Population } from './population.ts';
import { createRandom } from './random.ts';
import { planSchedule } from './schedule.ts';

export interface OpenLoopOptions extends Pick<AskerOptions, 'at'> {
  /** Names the plan: the same seed and label give the same requests. */
  readonly label: string;
  /** Requests per second and seconds; undefined: as the options of the run say. */
  readonly rate?: number;
  readonly seconds?: number;
  /** Answers of these first seconds are not in the figures. Default 0. */
  readonly warmUpSeconds?: number;
  /** Only the first so many users ask; undefined: all. */
  readonly among?: number;
}

/** Requests at random moments, as from many independent users. Ends when every request has its answer. */
export async function runOpenLoop(part: Part, population: Population, load: OpenLoopOptions): Promise<void> {
  const { rate, seconds, seed, label } = { ...part.context.options, ...load };
  const { warmUpSeconds = 0, among = population.users } = load;
  const plan = { rate, seconds: seconds + warmUpSeconds, users: among };
  const { at, user } = planSchedule(plan, createRandom(seed, label));
  await runWithAsker(part, population, load, (asker) =>
    followSchedule(part, at, (intended, index) =>
      asker.ask(user[index] ?? 0, { intended, warmUp: (at[index] ?? 0) < warmUpSeconds * 1000 }),
    ),
  );
}

/** Calls `start` at each of these moments, ms from now, whether or not earlier calls have ended. Ends when all have. */
export async function followSchedule(
  part: Part,
  at: Float64Array,
  start: (intended: number, index: number) => Promise<unknown>,
): Promise<void> {
  const { signal } = part.context;
  const began = part.now();
  const answers: Promise<unknown>[] = [];
  let next = 0;
  while (next < at.length && !signal.aborted) {
    const now = part.now() - began;
    for (; next < at.length && (at[next] ?? 0) <= now; next++) answers.push(start(began + (at[next] ?? 0), next));
    await sleep((at[next] ?? 0) - (part.now() - began));
  }
  await Promise.all(answers);
}

/** A timer's grain is 1 ms, and spinning would take the core from the servers: a start is up to about 1 ms late. */
const sleep = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, Math.max(1, Math.floor(ms))));

export interface ClosedLoopOptions extends Pick<AskerOptions, 'at'> {
  /** Requests at the same time. */
  readonly parallel: number;
  readonly requests: number;
  /** Requests before those, which are not in the figures. */
  readonly warmUp: number;
}

/**
 * The highest throughput: each user asks again as soon as the answer is there. Its latencies mean nothing.
 * @returns seconds from the first request after the warm-up to the last answer
 */
export async function runClosedLoop(
  part: Part,
  population: Population,
  { at, parallel, warmUp, requests }: ClosedLoopOptions,
): Promise<number> {
  const { signal } = part.context;
  let began = 0;
  await runWithAsker(part, population, { at }, async (asker) => {
    await runInTurns([...Array(warmUp + requests).keys()], parallel, async (turn) => {
      if (signal.aborted) return;
      if (turn === warmUp) began = part.now();
      await asker.ask(turn % population.users, { warmUp: turn < warmUp });
    });
  });
  return (part.now() - began) / 1000;
}

const ROLL_CALL_PARALLEL = 16;

/**
 * Every user asks once: who is still signed in. It is not in the figures, but in the ledger. Before a load it is the
 * warm-up, and shows that all users are signed in.
 */
export async function callRoll(
  part: Part,
  population: Population,
  { at, among = population.users }: Pick<OpenLoopOptions, 'at' | 'among'>,
): Promise<void> {
  const { context } = part;
  context.step('roll call: who is signed in');
  await runWithAsker(part, population, { at, untimed: true }, async (asker) => {
    await runInTurns([...Array(among).keys()], ROLL_CALL_PARALLEL, async (user) => {
      if (!context.signal.aborted) await asker.ask(user, { warmUp: true });
    });
  });
}
