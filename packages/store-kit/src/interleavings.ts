// Runs two operations interleaved in every way:
//
//   leader    ──i commands──┐                      ┌──the rest──
//   follower                └──j commands──┐ ...   │            └──the rest──     for every i and j, in both roles
//
// A command is one arrival at the instance's sync point. A store that answers without promises cannot be interrupted,
// so its two orders are all there is. For a store without sync points, turns of the event loop take their place, in
// several rounds.

import type { Awaitable } from '@statecraft/auth-core';
import type { CheckContext } from './context.ts';
import type { FullStore } from './harness.ts';
import type { SyncPointController } from './sync-point.ts';

export interface Race {
  readonly first: (store: FullStore) => Awaitable<unknown>;
  readonly second: (store: FullStore) => Awaitable<unknown>;
  /** Looks at what is stored when both have answered. */
  readonly after: (first: unknown, second: unknown) => Awaitable<void>;
}

const MAX_COMMANDS = 12;
const ROUNDS_BY_TIMING = 5;
/** ms after which an operation that neither answers nor sends is taken to wait for a lock that the other one holds. */
const LOCK_WAIT_MS = 250;

/** Calls `setUp` for each interleaving, so that every race has sessions of its own. */
export async function runInterleavings(context: CheckContext, setUp: () => Awaitable<Race>): Promise<void> {
  const rounds = context.raceControl === 'timing' ? ROUNDS_BY_TIMING : 1;
  for (let round = 0; round < rounds; round++) {
    for (const leader of [0, 1] as const) await runOrder(context, leader, setUp);
  }
}

async function runOrder(context: CheckContext, leader: 0 | 1, setUp: () => Awaitable<Race>): Promise<void> {
  for (let i = 0; i <= MAX_COMMANDS; i++) {
    let leaderEnded = false;
    for (let j = 0; j <= MAX_COMMANDS; j++) {
      const ended = await runRace(context, leader, i, j, await setUp());
      leaderEnded = ended.leader;
      if (ended.follower) break;
    }
    if (leaderEnded) break;
  }
}

/** Answers which of the two had ended before its interruption: then there is no later one to try. */
async function runRace(context: CheckContext, leader: 0 | 1, i: number, j: number, race: Race) {
  const sides = [
    { run: () => race.first(context.a), syncPoint: context.syncPoints[0] },
    { run: () => race.second(context.b), syncPoint: context.syncPoints[1] },
  ] as const;
  const [one, other] = leader === 0 ? sides : ([sides[1], sides[0]] as const);
  const leading = await startAndHold(context, one.syncPoint, one.run, i);
  const following = await startAndHold(context, other.syncPoint, other.run, j);
  const ended = { leader: leading.ended, follower: following.ended };
  // What the follower wrote reaches the other instance while the leader still waits for its answer.
  await context.settle?.();
  one.syncPoint.release();
  await Promise.race([leading.answer, waitForLock()]);
  other.syncPoint.release();
  const answers = [await leading.answer, await following.answer];
  try {
    await race.after(answers[leader], answers[1 - leader]);
  } catch (error) {
    throw describeInterleaving(error, leader, i, j);
  }
  return ended;
}

/** Starts an operation and waits until it has sent so many commands, or has ended, or waits for a lock. */
export async function startAndHold(
  context: CheckContext,
  syncPoint: SyncPointController,
  run: () => Awaitable<unknown>,
  commands: number,
) {
  const isForced = context.raceControl === 'sync-points';
  if (isForced) syncPoint.hold(commands);
  const operation = { ended: false, answer: Promise.resolve<unknown>(undefined) };
  operation.answer = (async () => run())().finally(() => {
    operation.ended = true;
  });
  // A failure is thrown where the answer is awaited.
  operation.answer.catch(() => undefined);
  const held = isForced ? Promise.race([syncPoint.waitUntilHeld(), waitForLock()]) : waitTurns(commands);
  await Promise.race([operation.answer.catch(() => undefined), held]);
  return operation;
}

function waitForLock(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, LOCK_WAIT_MS).unref());
}

async function waitTurns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn++) await new Promise((resolve) => setImmediate(resolve));
}

function describeInterleaving(error: unknown, leader: 0 | 1, i: number, j: number): unknown {
  if (!(error instanceof Error)) return error;
  const [one, other] = leader === 0 ? ['first', 'second'] : ['second', 'first'];
  error.message += ` (the ${one} operation was interrupted after ${i} commands, the ${other} after ${j})`;
  return error;
}
