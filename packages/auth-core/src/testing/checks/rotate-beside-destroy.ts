// 11. A sign-out that was under way while the session was rotated ends the session under its new id, too.

import assert from 'node:assert/strict';
import type { Check } from '../check.ts';
import { everyInterleaving } from '../interleave.ts';
import { expectDead, expectListed, expectStored, firstVersion } from '../looks.ts';
import { newSession, type Scene, successorOf } from '../scene.ts';

export const rotateBesideDestroy: Check = {
  id: 'rotate-beside-destroy',
  invariant: 11,
  text: 'after a rotate beside a destroy no descendant is alive, whichever came first',
  async run(scene) {
    await eitherFirst(scene);
    await afterTwoRotations(scene);
    await othersStay(scene);
  },
};

async function eitherFirst(scene: Scene): Promise<void> {
  await everyInterleaving(scene, async () => {
    const userId = newSession(scene.clock).id;
    const { id } = newSession(scene.clock, userId);
    const next = successorOf(id);
    await scene.a.create({ ...newSession(scene.clock, userId), id });
    return {
      first: (store) => store.rotate(id, next),
      second: (store) => store.destroy(id),
      async after(rotated) {
        await expectDead(scene, [id, next], `after destroy beside a rotate that answered ${rotated}`);
        await expectListed(scene, userId, [], 'after destroy beside rotate');
      },
    };
  });
}

async function afterTwoRotations(scene: Scene): Promise<void> {
  const { a, b, clock } = scene;
  const session = newSession(clock, 'ada');
  const second = successorOf(session.id);
  const third = successorOf(session.id);
  await a.create(session);
  assert.equal(await a.rotate(session.id, second), 'rotated');
  assert.equal(await b.rotate(second, third), 'rotated');
  await a.destroy(session.id);
  await expectDead(scene, [session.id, second, third], 'after destroy of the first of three ids');
  await expectListed(scene, 'ada', [], 'after destroy of the first of three ids');
}

async function othersStay(scene: Scene): Promise<void> {
  const { a, b, clock } = scene;
  const [rotated, other] = [newSession(clock, 'bob'), newSession(clock, 'bob')];
  const next = successorOf(rotated.id);
  await a.create(rotated);
  await a.create(other);
  await b.rotate(rotated.id, next);
  await b.destroy(next);
  await b.destroy(rotated.id);
  await expectStored(scene, firstVersion(other), 'another session of the user');
}
