// 3. A second destroy, or one of a session that never was, is no error and ends nobody else's.

import assert from 'node:assert/strict';
import type { NewSession } from '../../contracts/store.ts';
import type { Check } from '../check.ts';
import { expectDead, expectListed, expectStored, firstVersion } from '../looks.ts';
import { codeOf, newSession } from '../scene.ts';

export const destroyIsIdempotent: Check = {
  id: 'destroy-is-idempotent',
  invariant: 3,
  text: 'destroy of a session that has ended, or never was, is no error and changes nothing',
  async run(scene) {
    const { a, b, clock } = scene;
    const [ended, kept, never] = [1, 2, 3].map(() => newSession(clock, 'ada')) as [NewSession, NewSession, NewSession];
    await a.create(ended);
    await a.create(kept);
    for (const store of [a, a, b, b]) {
      for (const { id } of [ended, never]) assert.equal(await codeOf(() => store.destroy(id)), undefined, 'destroy');
      await expectDead(scene, [ended.id, never.id], 'after destroy');
      await expectStored(scene, firstVersion(kept), 'the other session of the user');
      await expectListed(scene, 'ada', [kept.id], 'after destroy');
    }
  },
};
