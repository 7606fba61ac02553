// 4. Only create adds a session.

import assert from 'node:assert/strict';
import type { Check } from '../check.ts';
import { expectDead, expectListed } from '../expectations.ts';
import { HOUR } from '../manual-clock.ts';
import { makeChange, makeSuccessorId, newSession } from '../sessions.ts';

export const writesNeverInsert: Check = {
  id: 'writes-never-insert',
  invariant: 4,
  text: 'update, touch and rotate of an unknown id answer gone and insert nothing',
  async run(context) {
    const { a, b, clock, opened } = context;
    const { id } = newSession(clock, 'ada');
    const next = makeSuccessorId(id);
    const before = await opened.size?.();
    for (const store of [a, b]) {
      const answers = {
        update: await store.update(id, makeChange(context, 1)),
        'update over no version': await store.update(id, makeChange(context, 0)),
        touch: await store.touch(id, clock() + HOUR),
        rotate: await store.rotate(id, next),
      };
      for (const [write, answer] of Object.entries(answers)) assert.equal(answer, 'gone', `${write} of an unknown id`);
      await expectDead(context, [id, next], 'after writes to an unknown id');
      await expectListed(context, 'ada', [], 'after writes to an unknown id');
      assert.equal(await opened.size?.(), before, 'stored sessions after writes to an unknown id');
    }
  },
};
