// 17. "Sign out everywhere" leaves no session that nobody can find.

import assert from 'node:assert/strict';
import type { Check } from '../check.ts';
import { everyInterleaving } from '../interleave.ts';
import { expectDead, expectListed, expectStored, firstVersion } from '../looks.ts';
import { newSession, type Scene, successorOf } from '../scene.ts';

export const destroyAllBesideCreate: Check = {
  id: 'destroy-all-beside-create',
  invariant: 17,
  text: 'after destroyAll beside create or rotate, every session is dead or listed, and what was there before is dead',
  needs: ['userSessions'],
  async run(scene) {
    await besideCreate(scene);
    await besideRotate(scene);
    await butOne(scene);
  },
};

async function besideCreate(scene: Scene): Promise<void> {
  await everyInterleaving(scene, async () => {
    const userId = newSession(scene.clock).id;
    const [old, created] = [newSession(scene.clock, userId), newSession(scene.clock, userId)];
    await scene.a.create(old);
    return {
      first: (store) => store.create(created),
      second: (store) => store.destroyAll(userId),
      async after(_, ended) {
        const alive = (await scene.a.read(created.id)) !== undefined;
        await expectDead(scene, [old.id], 'a session that was there before destroyAll');
        if (alive) await expectStored(scene, firstVersion(created), 'created beside destroyAll');
        else await expectDead(scene, [created.id], 'created beside destroyAll');
        await expectListed(scene, userId, alive ? [created.id] : [], 'after destroyAll beside create');
        assert.equal(ended, alive ? 1 : 2, 'what destroyAll answers');
      },
    };
  });
}

async function besideRotate(scene: Scene): Promise<void> {
  await everyInterleaving(scene, async () => {
    const userId = newSession(scene.clock).id;
    const { id } = newSession(scene.clock, userId);
    const next = successorOf(id);
    await scene.a.create({ ...newSession(scene.clock, userId), id });
    return {
      first: (store) => store.rotate(id, next),
      second: (store) => store.destroyAll(userId),
      async after(_, ended) {
        await expectDead(scene, [id, next], 'after destroyAll beside rotate');
        await expectListed(scene, userId, [], 'after destroyAll beside rotate');
        assert.equal(ended, 1, 'what destroyAll answers beside rotate');
      },
    };
  });
}

async function butOne(scene: Scene): Promise<void> {
  const { a, b, clock } = scene;
  const [kept, ended, also] = [1, 2, 3].map(() => newSession(clock, 'ada'));
  const [others, nobodys] = [newSession(clock, 'bob'), newSession(clock)];
  assert.ok(kept && ended && also);
  for (const session of [kept, ended, also, others, nobodys]) await a.create(session);
  assert.equal(await b.destroyAll('ada', { except: kept.id }), 2, 'what destroyAll answers');
  await expectDead(scene, [ended.id, also.id], 'after destroyAll but one');
  for (const session of [kept, others, nobodys])
    await expectStored(scene, firstVersion(session), 'spared by destroyAll');
  assert.equal(await a.destroyAll('ada', { except: others.id }), 1, "destroyAll but somebody else's");
  await expectDead(scene, [kept.id], "after destroyAll but somebody else's");
  assert.equal(await b.destroyAll('ada'), 0, 'destroyAll of a user without sessions');
}
