// 3. A second destroy, or a destroy of an unknown session, is no error and ends no other session.

import assert from 'node:assert/strict';
import type { NewSession } from '@statecraft/auth-core';
import type { Check } from '../check.ts';
import { catchCode } from '../errors.ts';
import { expectDead, expectListed, expectStored } from '../expectations.ts';
import { newSession, toFirstRecord } from '../sessions.ts';

export const destroyIsIdempotent: Check = {
  id: 'destroy-is-idempotent',
  invariant: 3,
  text: 'destroy of a session that has ended, or never existed, is no error and changes nothing',
  async run(context) {
    const { a, b, clock } = context;
    const [ended, kept, never] = [1, 2, 3].map(() => newSession(clock, 'ada')) as [NewSession, NewSession, NewSession];
    await a.create(ended);
    await a.create(kept);
    for (const store of [a, a, b, b]) {
      for (const { id } of [ended, never]) assert.equal(await catchCode(() => store.destroy(id)), undefined, 'destroy');
      await expectDead(context, [ended.id, never.id], 'after destroy');
      await expectStored(context, toFirstRecord(kept), 'the other session of the user');
      await expectListed(context, 'ada', [kept.id], 'after destroy');
    }
  },
};
