// 4. Only create adds a session.

import assert from 'node:assert/strict';
import type { Check } from '../check.ts';
import { changeOf, expectDead, expectListed } from '../looks.ts';
import { HOUR, newSession, successorOf } from '../scene.ts';

export const writesNeverInsert: Check = {
  id: 'writes-never-insert',
  invariant: 4,
  text: 'update, touch and rotate of an unknown id answer gone and insert nothing',
  async run(scene) {
    const { a, b, clock, opened } = scene;
    const { id } = newSession(clock, 'ada');
    const next = successorOf(id);
    const before = await opened.size?.();
    for (const store of [a, b]) {
      const answers = {
        update: await store.update(id, changeOf(scene, 1)),
        'update over no version': await store.update(id, changeOf(scene, 0)),
        touch: await store.touch(id, clock() + HOUR),
        rotate: await store.rotate(id, next),
      };
      for (const [write, answer] of Object.entries(answers)) assert.equal(answer, 'gone', `${write} of an unknown id`);
      await expectDead(scene, [id, next], 'after writes to an unknown id');
      await expectListed(scene, 'ada', [], 'after writes to an unknown id');
      assert.equal(await opened.size?.(), before, 'sessions kept after writes to an unknown id');
    }
  },
};
