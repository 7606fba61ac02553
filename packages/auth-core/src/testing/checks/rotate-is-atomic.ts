// 9. Rotate swaps the id in one step: whoever looks, at any moment, finds the session under one of the two ids.

import assert from 'node:assert/strict';
import type { Check } from '../check.ts';
import { startAndCut } from '../interleave.ts';
import { expectListed, expectStored } from '../looks.ts';
import { codeOf, newSession, type Scene, successorOf } from '../scene.ts';

const MOST_STEPS = 12;
const ABORTS = 8;
const LOOKS_AFTER_ABORT = 3;

export const rotateIsAtomic: Check = {
  id: 'rotate-is-atomic',
  invariant: 9,
  text: 'at no moment of a rotate are both ids valid, or neither, also when the process is killed halfway',
  async run(scene) {
    await watched(scene);
    if (scene.forcing === 'gate' && scene.has('shared')) await killedHalfway(scene);
    if (scene.opened.abort !== undefined) await connectionsLost(scene);
  },
};

interface Rotating {
  readonly id: string;
  readonly next: string;
  readonly userId: string;
}

async function watched(scene: Scene): Promise<void> {
  // With one instance and a gate, whoever looks would wait at that gate, too.
  const canLook = scene.has('shared') || scene.forcing !== 'gate';
  for (let steps = 0; steps <= MOST_STEPS; steps++) {
    const { session, ids } = await createOne(scene);
    const rotating = await startAndCut(scene, scene.gates[0], () => scene.a.rotate(ids.id, ids.next), steps);
    const { ended } = rotating;
    if (canLook) await allOf(looksAt(scene, ids, `after ${steps} steps of a rotate`));
    if (scene.forcing === 'timing') await watchedUntil(() => rotating.ended, scene, ids);
    scene.gates[0].release();
    assert.equal(await rotating.answer, 'rotated');
    await expectStored(scene, { ...session, id: ids.next, version: 2 }, 'after rotate');
    await expectListed(scene, ids.userId, [ids.next], 'after rotate');
    if (ended) return;
  }
}

/** Without a gate the moment between may be short, so a new look begins at every turn of the event loop. */
async function watchedUntil(hasEnded: () => boolean, scene: Scene, ids: Rotating): Promise<void> {
  const looks: Promise<void>[] = [];
  while (!hasEnded()) {
    looks.push(...looksAt(scene, ids, 'during a rotate'));
    await new Promise((resolve) => setImmediate(resolve));
  }
  await allOf(looks);
}

/** Every command from the cut on is lost, as all are that a killed process would still have sent. */
async function killedHalfway(scene: Scene): Promise<void> {
  const gate = scene.gates[0];
  for (let steps = 0; steps <= MOST_STEPS; steps++) {
    const { ids } = await createOne(scene);
    const rotating = await startAndCut(scene, gate, () => scene.a.rotate(ids.id, ids.next), steps);
    if (rotating.ended) return gate.release();
    while (!rotating.ended) {
      gate.cut(new Error('The process was killed.'));
      gate.hold(0);
      await Promise.race([rotating.answer.catch(() => undefined), gate.held()]);
    }
    gate.release();
    await allOf(looksAt(scene, ids, `killed after ${steps} steps of a rotate`));
  }
}

/** The connection goes while the server works: whether it rotated is unknown, but it did so whole or not at all. */
async function connectionsLost(scene: Scene): Promise<void> {
  for (let turns = 0; turns < ABORTS; turns++) {
    const { ids } = await createOne(scene);
    const answer = codeOf(() => scene.a.rotate(ids.id, ids.next));
    for (let turn = 0; turn < turns; turn++) await new Promise((resolve) => setImmediate(resolve));
    await scene.opened.abort?.(0);
    await answer;
    for (let looks = 0; looks < LOOKS_AFTER_ABORT; looks++) {
      await allOf(looksAt(scene, ids, `connection lost ${turns} turns into a rotate`));
    }
    while ((await codeOf(() => scene.a.read(ids.next))) !== undefined) await new Promise((back) => setTimeout(back, 5));
  }
}

async function createOne({ b, clock }: Scene) {
  const userId = newSession(clock).id;
  const session = newSession(clock, userId);
  await b.create(session);
  return { session, ids: { id: session.id, next: successorOf(session.id), userId } };
}

/** Begins to look, in each way there is. */
function looksAt(scene: Scene, ids: Rotating, when: string): Promise<void>[] {
  const byRead = expectOneAlive(scene, ids, when);
  return scene.has('userSessions') ? [byRead, expectOneListed(scene, ids, when)] : [byRead];
}

async function expectOneAlive({ b }: Scene, { id, next }: Rotating, when: string): Promise<void> {
  // In this order a swap between two reads is neither "both" nor "neither".
  const [nextBefore, old, nextAfter] = [await b.read(next), await b.read(id), await b.read(next)];
  assert.ok(!(nextBefore && old), `${when}: both ids are valid`);
  assert.ok(old || nextAfter, `${when}: neither id is valid`);
}

async function expectOneListed({ b }: Scene, { userId }: Rotating, when: string): Promise<void> {
  assert.equal((await b.list(userId)).length, 1, `${when}: sessions that are listed`);
}

async function allOf(looks: readonly Promise<void>[]): Promise<void> {
  for (const look of await Promise.allSettled(looks)) if (look.status === 'rejected') throw look.reason;
}
