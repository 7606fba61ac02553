// 10. A session has one successor.

import assert from 'node:assert/strict';
import type { Check } from '../check.ts';
import type { CheckContext } from '../context.ts';
import { catchCode } from '../errors.ts';
import { expectDead, expectListed, expectStored } from '../expectations.ts';
import { runInterleavings } from '../interleavings.ts';
import { makeChange, makeSuccessorId, makeUserId, newSession, toFirstRecord } from '../sessions.ts';

export const oneRotateWins: Check = {
  id: 'one-rotate-wins',
  invariant: 10,
  text: 'of two rotates of one id exactly one wins; an update beside one is in the successor or not acknowledged',
  async run(context) {
    await raceTwoRotates(context);
    await raceUpdate(context);
    await refuseTakenId(context);
  },
};

async function raceTwoRotates(context: CheckContext): Promise<void> {
  await runInterleavings(context, async () => {
    const { session, userId } = await createOne(context);
    const [one, other] = [makeSuccessorId(session.id), makeSuccessorId(session.id)];
    return {
      first: (store) => store.rotate(session.id, one),
      second: (store) => store.rotate(session.id, other),
      async after(first, second) {
        assert.deepEqual([first, second].sort(), ['gone', 'rotated'], 'two rotates of one id');
        const [won, lost] = first === 'rotated' ? [one, other] : [other, one];
        await expectDead(context, [session.id, lost], 'after two rotates');
        await expectStored(context, { ...session, id: won, version: 2 }, 'the successor');
        await expectListed(context, userId, [won], 'after two rotates');
      },
    };
  });
}

async function raceUpdate(context: CheckContext): Promise<void> {
  await runInterleavings(context, async () => {
    const { session } = await createOne(context);
    const next = makeSuccessorId(session.id);
    const change = makeChange(context, 1);
    return {
      first: (store) => store.update(session.id, change),
      second: (store) => store.rotate(session.id, next),
      async after(updated) {
        const kept = updated === 'updated' ? { ...session, ...change, version: 3 } : { ...session, version: 2 };
        await expectStored(context, { ...kept, id: next }, `the successor, when the update answered ${updated}`);
        await expectDead(context, [session.id], 'after rotate beside update');
      },
    };
  });
}

async function refuseTakenId(context: CheckContext): Promise<void> {
  const { session, userId } = await createOne(context);
  const taken = newSession(context.clock, userId);
  await context.a.create(taken);
  for (const store of [context.a, context.b]) {
    const code = await catchCode(() => store.rotate(session.id, taken.id));
    assert.equal(code, 'ERR_SESSION_EXISTS', 'rotate onto an id that is taken');
    await expectStored(context, toFirstRecord(session), 'after a rotate that was refused');
    await expectStored(context, toFirstRecord(taken), 'after a rotate that was refused');
  }
}

async function createOne({ a, clock }: CheckContext) {
  const userId = makeUserId(clock);
  const session = newSession(clock, userId);
  await a.create(session);
  return { session, userId };
}
