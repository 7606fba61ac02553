// 10. A session has one successor.

import assert from 'node:assert/strict';
import type { Check } from '../check.ts';
import { everyInterleaving } from '../interleave.ts';
import { changeOf, expectDead, expectListed, expectStored, firstVersion } from '../looks.ts';
import { codeOf, newSession, type Scene, successorOf } from '../scene.ts';

export const oneRotateWins: Check = {
  id: 'one-rotate-wins',
  invariant: 10,
  text: 'of two rotates of one id exactly one wins; a write beside it is in the successor or was not acknowledged',
  async run(scene) {
    await twoRotates(scene);
    await rotateBesideUpdate(scene);
    await ontoTakenId(scene);
  },
};

async function twoRotates(scene: Scene): Promise<void> {
  await everyInterleaving(scene, async () => {
    const { session, userId } = await createOne(scene);
    const [one, other] = [successorOf(session.id), successorOf(session.id)];
    return {
      first: (store) => store.rotate(session.id, one),
      second: (store) => store.rotate(session.id, other),
      async after(first, second) {
        assert.deepEqual([first, second].sort(), ['gone', 'rotated'], 'two rotates of one id');
        const [won, lost] = first === 'rotated' ? [one, other] : [other, one];
        await expectDead(scene, [session.id, lost], 'after two rotates');
        await expectStored(scene, { ...session, id: won, version: 2 }, 'the successor');
        await expectListed(scene, userId, [won], 'after two rotates');
      },
    };
  });
}

async function rotateBesideUpdate(scene: Scene): Promise<void> {
  await everyInterleaving(scene, async () => {
    const { session } = await createOne(scene);
    const next = successorOf(session.id);
    const change = changeOf(scene, 1);
    return {
      first: (store) => store.update(session.id, change),
      second: (store) => store.rotate(session.id, next),
      async after(updated) {
        const kept = updated === 'updated' ? { ...session, ...change, version: 3 } : { ...session, version: 2 };
        await expectStored(scene, { ...kept, id: next }, `the successor, when the update answered ${updated}`);
        await expectDead(scene, [session.id], 'after rotate beside update');
      },
    };
  });
}

async function ontoTakenId(scene: Scene): Promise<void> {
  const { session, userId } = await createOne(scene);
  const taken = newSession(scene.clock, userId);
  await scene.a.create(taken);
  for (const store of [scene.a, scene.b]) {
    const code = await codeOf(() => store.rotate(session.id, taken.id));
    assert.equal(code, 'ERR_SESSION_EXISTS', 'rotate onto an id that is taken');
    await expectStored(scene, firstVersion(session), 'after a rotate that was refused');
    await expectStored(scene, firstVersion(taken), 'after a rotate that was refused');
  }
}

async function createOne({ a, clock }: Scene) {
  const userId = newSession(clock).id;
  const session = newSession(clock, userId);
  await a.create(session);
  return { session, userId };
}
