// 6. A version is written over once.

import assert from 'node:assert/strict';
import type { Check } from '../check.ts';
import { everyInterleaving } from '../interleave.ts';
import { changeOf, expectStored, firstVersion } from '../looks.ts';
import { newSession, type Scene } from '../scene.ts';

export const oneUpdatePerVersion: Check = {
  id: 'one-update-per-version',
  invariant: 6,
  text: 'of two updates from one version exactly one is acknowledged and stored; the other answers conflict',
  async run(scene) {
    await otherVersionsAreConflicts(scene);
    await oneOfTwo(scene);
  },
};

async function oneOfTwo(scene: Scene): Promise<void> {
  await everyInterleaving(scene, async () => {
    const session = newSession(scene.clock);
    const [one, other] = [changeOf(scene, 1, '"one"'), changeOf(scene, 1, '"other"')];
    await scene.a.create(session);
    return {
      first: (store) => store.update(session.id, one),
      second: (store) => store.update(session.id, other),
      async after(first, second) {
        assert.deepEqual([first, second].sort(), ['conflict', 'updated'], 'two updates of one version');
        const won = first === 'updated' ? one : other;
        await expectStored(scene, { ...session, ...won, version: 2 }, 'the update that was acknowledged');
      },
    };
  });
}

async function otherVersionsAreConflicts(scene: Scene): Promise<void> {
  const session = newSession(scene.clock);
  await scene.a.create(session);
  for (const version of [0, 2, 3, -1, 1.5]) {
    assert.equal(await scene.b.update(session.id, changeOf(scene, version)), 'conflict', `update over ${version} of 1`);
    await expectStored(scene, firstVersion(session), 'after a conflict');
  }
}
