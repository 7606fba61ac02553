// 13. A touch writes one time and nothing else.

import assert from 'node:assert/strict';
import type { Check } from '../check.ts';
import { everyInterleaving } from '../interleave.ts';
import { changeOf, expectStored } from '../looks.ts';
import { HOUR, newSession, type Scene } from '../scene.ts';

export const touchKeepsData: Check = {
  id: 'touch-keeps-data',
  invariant: 13,
  text: 'touch never rolls back data, version or idle expiry, whatever is written beside it',
  async run(scene) {
    await afterAnUpdate(scene);
    await besideAnUpdate(scene);
    await neverBackwards(scene);
  },
};

async function afterAnUpdate(scene: Scene): Promise<void> {
  const { a, b, clock } = scene;
  const session = newSession(clock);
  await a.create(session);
  await a.read(session.id);
  const change = changeOf(scene, 1);
  await b.update(session.id, change);
  const idleExpiresAt = clock() + 2 * HOUR;
  assert.equal(await a.touch(session.id, idleExpiresAt), 'touched');
  await expectStored(scene, { ...session, ...change, version: 2, idleExpiresAt }, 'touched after an update elsewhere');
}

async function besideAnUpdate(scene: Scene): Promise<void> {
  await everyInterleaving(scene, async () => {
    const session = newSession(scene.clock);
    const change = changeOf(scene, 1);
    await scene.a.create(session);
    return {
      first: (store) => store.touch(session.id, scene.clock() + 2 * HOUR),
      second: (store) => store.update(session.id, change),
      async after(touched, updated) {
        assert.deepEqual([touched, updated], ['touched', 'updated'], 'touch beside update');
        for (const store of [scene.a, scene.b]) {
          const { data, version } = (await store.read(session.id)) ?? {};
          assert.deepEqual({ data, version }, { data: change.data, version: 2 }, 'after touch beside update');
        }
      },
    };
  });
}

async function neverBackwards(scene: Scene): Promise<void> {
  const { a, b, clock } = scene;
  const session = newSession(clock);
  await a.create(session);
  for (const ms of [HOUR - 1, 1, 0, -HOUR]) {
    assert.equal(await b.touch(session.id, clock() + ms), 'touched');
    await expectStored(scene, { ...session, version: 1 }, `touched with an expiry ${HOUR - ms} ms earlier`);
  }
}
