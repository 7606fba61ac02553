// 11. A sign-out that runs while the session is rotated ends the session under its new id, too. A minute later an old
// id has no power over the session: the user has a new token, and an old one may be in the wrong hands.

import assert from 'node:assert/strict';
import type { Check } from '../check.ts';
import type { CheckContext } from '../context.ts';
import { expectDead, expectListed, expectStored } from '../expectations.ts';
import { runInterleavings } from '../interleavings.ts';
import { makeSuccessorId, makeUserId, newSession, toFirstRecord } from '../sessions.ts';

/** ms after a rotate: well within the minute, and well after it. */
const WITHIN = 59_000;
const AFTER = 61_000;

export const rotateBesideDestroy: Check = {
  id: 'rotate-beside-destroy',
  invariant: 11,
  text: 'after a rotate beside a destroy no descendant is alive, whichever came first; a minute later the old id ends nothing',
  async run(context) {
    await raceDestroy(context);
    await destroyAfterTwoRotates(context);
    await spareOtherSessions(context);
    await destroyAfterTheMinute(context);
  },
};

async function raceDestroy(context: CheckContext): Promise<void> {
  await runInterleavings(context, async () => {
    const userId = makeUserId(context.clock);
    const { id } = newSession(context.clock, userId);
    const next = makeSuccessorId(id);
    await context.a.create({ ...newSession(context.clock, userId), id });
    return {
      first: (store) => store.rotate(id, next),
      second: (store) => store.destroy(id),
      async after(rotated) {
        await expectDead(context, [id, next], `after destroy beside a rotate that answered ${rotated}`);
        await expectListed(context, userId, [], 'after destroy beside rotate');
      },
    };
  });
}

async function destroyAfterTwoRotates(context: CheckContext): Promise<void> {
  const { a, b, clock } = context;
  const session = newSession(clock, 'ada');
  const second = makeSuccessorId(session.id);
  const third = makeSuccessorId(session.id);
  await a.create(session);
  assert.equal(await a.rotate(session.id, second), 'rotated');
  assert.equal(await b.rotate(second, third), 'rotated');
  await a.destroy(session.id);
  await expectDead(context, [session.id, second, third], 'after destroy of the first of three ids');
  await expectListed(context, 'ada', [], 'after destroy of the first of three ids');
}

async function spareOtherSessions(context: CheckContext): Promise<void> {
  const { a, b, clock } = context;
  const [rotated, other] = [newSession(clock, 'bob'), newSession(clock, 'bob')];
  const next = makeSuccessorId(rotated.id);
  await a.create(rotated);
  await a.create(other);
  await b.rotate(rotated.id, next);
  await b.destroy(next);
  await b.destroy(rotated.id);
  await expectStored(context, toFirstRecord(other), 'another session of the user');
}

async function destroyAfterTheMinute(context: CheckContext): Promise<void> {
  const { a, b, clock } = context;
  for (const ms of [WITHIN, AFTER]) {
    const session = newSession(clock, makeUserId(clock));
    const next = makeSuccessorId(session.id);
    await a.create(session);
    await a.rotate(session.id, next);
    clock.advance(ms);
    await b.destroy(session.id);
    const when = `after destroy of an id that was rotated away ${ms} ms before`;
    if (ms === WITHIN) await expectDead(context, [next], when);
    else await expectStored(context, { ...toFirstRecord(session), id: next, version: 2 }, when);
  }
}
