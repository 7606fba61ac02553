// 9. Rotate swaps the id in one step: whoever looks, at any moment, finds the session under one of the two ids.

import assert from 'node:assert/strict';
import type { Check } from '../check.ts';
import { startAndCut } from '../interleave.ts';
import { expectListed, expectStored } from '../looks.ts';
import { codeOf, newSession, type Scene, successorOf } from '../scene.ts';

const MOST_STEPS = 12;
const ABORTS = 8;

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

async function watched(scene: Scene): Promise<void> {
  // With one instance and a gate, whoever looks would wait at that gate, too.
  const canLook = scene.has('shared') || scene.forcing !== 'gate';
  for (let steps = 0; steps <= MOST_STEPS; steps++) {
    const { session, next } = await createOne(scene);
    const rotating = await startAndCut(scene, scene.gates[0], () => scene.a.rotate(session.id, next), steps);
    const { ended } = rotating;
    do {
      if (canLook) await expectOneAlive(scene, session.id, next, `after ${steps} steps of a rotate`);
    } while (scene.forcing === 'timing' && !rotating.ended);
    scene.gates[0].release();
    assert.equal(await rotating.answer, 'rotated');
    await expectStored(scene, { ...session, id: next, version: 2 }, 'after rotate');
    await expectListed(scene, session.userId, [next], 'after rotate');
    if (ended) return;
  }
}

/** Every command from the cut on is lost, as all are that a killed process would still have sent. */
async function killedHalfway(scene: Scene): Promise<void> {
  const gate = scene.gates[0];
  for (let steps = 0; steps <= MOST_STEPS; steps++) {
    const { session, next } = await createOne(scene);
    const rotating = await startAndCut(scene, gate, () => scene.a.rotate(session.id, next), steps);
    if (rotating.ended) return gate.release();
    while (!rotating.ended) {
      gate.cut(new Error('The process was killed.'));
      gate.hold(0);
      await Promise.race([settled(rotating.answer), gate.held()]);
    }
    gate.release();
    await expectOneAlive(scene, session.id, next, `killed after ${steps} steps of a rotate`);
  }
}

/** The connection goes while the server works: whether it rotated is unknown, but it did so whole or not at all. */
async function connectionsLost(scene: Scene): Promise<void> {
  for (let turns = 0; turns < ABORTS; turns++) {
    const { session, next } = await createOne(scene);
    const answer = codeOf(() => scene.a.rotate(session.id, next));
    for (let turn = 0; turn < turns; turn++) await new Promise((resolve) => setImmediate(resolve));
    await scene.opened.abort?.(0);
    await answer;
    for (let looks = 0; looks < 3; looks++) {
      await expectOneAlive(scene, session.id, next, `connection lost ${turns} turns into a rotate`);
    }
    while ((await codeOf(() => scene.a.read(next))) !== undefined)
      await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

async function createOne({ b, clock }: Scene) {
  const userId = newSession(clock).id;
  const session = { ...newSession(clock, userId), userId };
  await b.create(session);
  return { session, next: successorOf(session.id) };
}

async function expectOneAlive({ b, has }: Scene, id: string, next: string, when: string): Promise<void> {
  // In this order a swap between two reads is neither "both" nor "neither".
  const [nextBefore, old, nextAfter] = [await b.read(next), await b.read(id), await b.read(next)];
  assert.ok(!(nextBefore && old), `${when}: both ids are valid`);
  assert.ok(old || nextAfter, `${when}: neither id is valid`);
  const userId = (old ?? nextAfter)?.userId ?? '';
  if (has('userSessions')) assert.equal((await b.list(userId)).length, 1, `${when}: sessions that are listed`);
}

const settled = (answer: Promise<unknown>): Promise<unknown> => answer.catch(() => undefined);
