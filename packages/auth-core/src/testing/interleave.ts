// Two operations, cut into each other in every way:
//
//   first   ──i steps──┐                 ┌──the rest──
//   second             └──j steps──┐ ... │            └──the rest──      for every i and j, and with the roles changed
//
// A step is one command at the instance's gate. A store that answers without promises cannot be cut, so its two orders are
// all there is. A store that gives its commands to no gate is cut by turns of the event loop, in several rounds.

import type { Awaitable } from '../contracts/store.ts';
import type { GateControl } from './gate.ts';
import type { FullStore, Scene } from './scene.ts';

export interface Race {
  readonly first: (store: FullStore) => Awaitable<unknown>;
  readonly second: (store: FullStore) => Awaitable<unknown>;
  /** Looks at what is stored when both have answered. */
  readonly after: (first: unknown, second: unknown) => Awaitable<void>;
}

const MOST_STEPS = 12;
const ROUNDS_BY_TIMING = 5;
/** ms after which an operation that neither answers nor sends is taken to wait for a lock that the other one holds. */
const PATIENCE_MS = 250;

/** Calls `setUp` anew for each interleaving, so that every race has sessions of its own. */
export async function everyInterleaving(scene: Scene, setUp: () => Awaitable<Race>): Promise<void> {
  const rounds = scene.forcing === 'timing' ? ROUNDS_BY_TIMING : 1;
  for (let round = 0; round < rounds; round++) {
    for (const order of [0, 1] as const) await everyCut(scene, order, setUp);
  }
}

async function everyCut(scene: Scene, order: 0 | 1, setUp: () => Awaitable<Race>): Promise<void> {
  for (let i = 0; i <= MOST_STEPS; i++) {
    let whole = false;
    for (let j = 0; j <= MOST_STEPS; j++) {
      const ended = await oneRace(scene, order, i, j, await setUp());
      whole = ended.leading;
      if (ended.following) break;
    }
    if (whole) break;
  }
}

/** Answers which of the two had ended before its cut: then there is no later cut to try. */
async function oneRace(scene: Scene, order: 0 | 1, i: number, j: number, race: Race) {
  const sides = [
    { run: () => race.first(scene.a), gate: scene.gates[0] },
    { run: () => race.second(scene.b), gate: scene.gates[1] },
  ] as const;
  const [leader, follower] = order === 0 ? sides : ([sides[1], sides[0]] as const);
  const leading = await startAndCut(scene, leader.gate, leader.run, i);
  const following = await startAndCut(scene, follower.gate, follower.run, j);
  const ended = { leading: leading.ended, following: following.ended };
  // What the follower wrote is told while the leader still waits for its answer.
  await scene.settle?.();
  leader.gate.release();
  await Promise.race([leading.answer, patience()]);
  follower.gate.release();
  const answers = [await leading.answer, await following.answer];
  try {
    await race.after(answers[order], answers[1 - order]);
  } catch (error) {
    throw atCut(error, order, i, j);
  }
  return ended;
}

/** Starts an operation and waits until it has taken its steps, or ended, or waits for a lock. */
export async function startAndCut(scene: Scene, gate: GateControl, run: () => Awaitable<unknown>, steps: number) {
  if (scene.forcing === 'gate') gate.hold(steps);
  const started = { ended: false, answer: Promise.resolve<unknown>(undefined) };
  started.answer = (async () => run())().finally(() => {
    started.ended = true;
  });
  // A failure is thrown where the answer is awaited.
  started.answer.catch(() => undefined);
  const enough = scene.forcing === 'gate' ? Promise.race([gate.held(), patience()]) : turns(steps);
  await Promise.race([started.answer.catch(() => undefined), enough]);
  return started;
}

function patience(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, PATIENCE_MS).unref());
}

async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn++) await new Promise((resolve) => setImmediate(resolve));
}

function atCut(error: unknown, order: 0 | 1, i: number, j: number): unknown {
  if (!(error instanceof Error)) return error;
  const [leader, follower] = order === 0 ? ['first', 'second'] : ['second', 'first'];
  error.message += ` (the ${leader} operation was cut after ${i} steps, the ${follower} after ${j})`;
  return error;
}
