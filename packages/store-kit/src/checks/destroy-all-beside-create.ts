// 17. "Sign out everywhere" leaves no session that the list does not show.

import assert from 'node:assert/strict';
import type { Check } from '../check.ts';
import type { CheckContext } from '../context.ts';
import { expectDead, expectListed, expectStored } from '../expectations.ts';
import { runInterleavings } from '../interleavings.ts';
import { makeSuccessorId, newSession, toFirstRecord } from '../sessions.ts';

export const destroyAllBesideCreate: Check = {
  id: 'destroy-all-beside-create',
  invariant: 17,
  text: 'after destroyAll beside create or rotate, every session is dead or listed, and all earlier ones are dead',
  needs: ['userSessions'],
  async run(context) {
    await raceCreate(context);
    await raceRotate(context);
    await spareOne(context);
  },
};

async function raceCreate(context: CheckContext): Promise<void> {
  await runInterleavings(context, async () => {
    const userId = newSession(context.clock).id;
    const [old, created] = [newSession(context.clock, userId), newSession(context.clock, userId)];
    await context.a.create(old);
    return {
      first: (store) => store.create(created),
      second: (store) => store.destroyAll(userId),
      async after(_, ended) {
        const alive = (await context.a.read(created.id)) !== undefined;
        await expectDead(context, [old.id], 'a session that existed before destroyAll');
        if (alive) await expectStored(context, toFirstRecord(created), 'created beside destroyAll');
        else await expectDead(context, [created.id], 'created beside destroyAll');
        await expectListed(context, userId, alive ? [created.id] : [], 'after destroyAll beside create');
        assert.equal(ended, alive ? 1 : 2, 'what destroyAll answers');
      },
    };
  });
}

async function raceRotate(context: CheckContext): Promise<void> {
  await runInterleavings(context, async () => {
    const userId = newSession(context.clock).id;
    const { id } = newSession(context.clock, userId);
    const next = makeSuccessorId(id);
    await context.a.create({ ...newSession(context.clock, userId), id });
    return {
      first: (store) => store.rotate(id, next),
      second: (store) => store.destroyAll(userId),
      async after(_, ended) {
        await expectDead(context, [id, next], 'after destroyAll beside rotate');
        await expectListed(context, userId, [], 'after destroyAll beside rotate');
        assert.equal(ended, 1, 'what destroyAll answers beside rotate');
      },
    };
  });
}

async function spareOne(context: CheckContext): Promise<void> {
  const { a, b, clock } = context;
  const [kept, ended, also] = [1, 2, 3].map(() => newSession(clock, 'ada'));
  const [others, anonymous] = [newSession(clock, 'bob'), newSession(clock)];
  assert.ok(kept && ended && also);
  for (const session of [kept, ended, also, others, anonymous]) await a.create(session);
  assert.equal(await b.destroyAll('ada', { except: kept.id }), 2, 'what destroyAll answers');
  await expectDead(context, [ended.id, also.id], 'after destroyAll except one');
  for (const session of [kept, others, anonymous])
    await expectStored(context, toFirstRecord(session), 'spared by destroyAll');
  assert.equal(await a.destroyAll('ada', { except: others.id }), 1, "destroyAll except another user's session");
  await expectDead(context, [kept.id], "after destroyAll except another user's session");
  assert.equal(await b.destroyAll('ada'), 0, 'destroyAll of a user without sessions');
}
