// 30. A change of a user's roles reaches all of the user's sessions in one step, and nothing else.

import assert from 'node:assert/strict';
import type { NewSession, Subject } from '@statecraft/auth-core';
import type { Check } from '../check.ts';
import type { CheckContext } from '../context.ts';
import { expectDead, expectListed, expectStored } from '../expectations.ts';
import { runInterleavings, startAndHold } from '../interleavings.ts';
import { HOUR } from '../manual-clock.ts';
import { makeChange, makeSubject, makeSuccessorId, makeUserId, newSession, toFirstRecord } from '../sessions.ts';

const MAX_COMMANDS = 12;
const SESSIONS = 3;

export const changeSubjectIsAtomic: Check = {
  id: 'change-subject-is-atomic',
  invariant: 30,
  text: 'changeSubject changes all live sessions of that user in one step, raises no version, and loses no other write',
  needs: ['userSessions'],
  async run(context) {
    await changeOnlyThatUser(context);
    await lookDuringChange(context);
    await raceUpdate(context);
    await raceRotate(context);
    await raceCreate(context);
    await raceDestroy(context);
  },
};

async function changeOnlyThatUser(context: CheckContext): Promise<void> {
  const { a, b, clock } = context;
  const userId = makeUserId(clock);
  const expired = newSession(clock, userId, { idleExpiresAt: clock() + 1 });
  const own = await createSessions(context, userId);
  const others = [newSession(clock, makeUserId(clock)), newSession(clock)];
  for (const session of [expired, ...others]) await a.create(session);
  clock.advance(1);
  for (const [writer, role] of [
    [a, 'auditor'],
    [b, 'owner'],
  ] as const) {
    const subject = makeSubject(userId, { username: `the ${role}`, roles: [role] });
    // Each instance reads before the write, so that one which wrongly caches the subject is found.
    for (const { id } of own) await Promise.all([a.read(id), b.read(id)]);
    assert.equal(await writer.changeSubject(subject), SESSIONS, 'what changeSubject returns');
    for (const session of own) {
      await expectStored(context, { ...toFirstRecord(session), subject }, 'after changeSubject');
    }
    for (const session of others) {
      await expectStored(context, toFirstRecord(session), "after changeSubject, another user's session");
    }
    await expectDead(context, [expired.id], 'after changeSubject, an expired session');
  }
  const stranger = makeUserId(clock);
  assert.equal(await a.changeSubject(makeSubject(stranger)), 0, 'what changeSubject returns for an unknown user');
  await expectListed(context, stranger, [], 'after changeSubject of an unknown user');
}

/** At any moment of the change, all sessions have the old subject or all have the new one. */
async function lookDuringChange(context: CheckContext): Promise<void> {
  const { a, clock, syncPoints } = context;
  // With one instance, the look itself would wait at the sync point.
  const canLook = context.has('shared') || context.raceControl !== 'sync-points';
  for (let commands = 0; commands <= MAX_COMMANDS; commands++) {
    const userId = makeUserId(clock);
    const sessions = await createSessions(context, userId);
    const subject = makeSubject(userId, { roles: ['auditor'] });
    const changing = await startAndHold(context, syncPoints[0], () => a.changeSubject(subject), commands);
    const { ended } = changing;
    if (canLook) await expectOneSubject(context, sessions, `after ${commands} commands of changeSubject`);
    while (context.raceControl === 'timing' && !changing.ended) {
      await expectOneSubject(context, sessions, 'during changeSubject');
    }
    syncPoints[0].release();
    assert.equal(await changing.answer, SESSIONS, 'what changeSubject returns');
    for (const session of sessions) await expectStored(context, { ...toFirstRecord(session), subject }, 'after it');
    if (ended) return;
  }
}

async function expectOneSubject(context: CheckContext, sessions: readonly NewSession[], when: string): Promise<void> {
  const { b, settle } = context;
  const userId = sessions[0]?.subject?.userId ?? '';
  const listed = new Set((await b.list(userId)).map(({ subject }) => JSON.stringify(subject)));
  assert.equal(listed.size, 1, `${when}: how many subjects the user's sessions have`);
  // A cache that is notified of writes may still hold one session and not another.
  if (settle !== undefined) return;
  const roles: (string | undefined)[] = [];
  for (const { id } of sessions) roles.push((await b.read(id))?.subject?.roles[0]);
  const firstNew = roles.indexOf('auditor');
  const later = firstNew < 0 ? [] : roles.slice(firstNew);
  assert.ok(
    later.every((role) => role === 'auditor'),
    `${when}: a later read returns an older subject`,
  );
}

async function raceUpdate(context: CheckContext): Promise<void> {
  await runInterleavings(context, async () => {
    const { session, subject } = await createOne(context);
    const change = makeChange(context, 1);
    return {
      first: (store) => store.update(session.id, change),
      second: (store) => store.changeSubject(subject),
      async after(updated, changed) {
        assert.deepEqual([updated, changed], ['updated', 1], 'update beside changeSubject');
        await expectStored(
          context,
          { ...session, ...change, subject, version: 2 },
          'after update beside changeSubject',
        );
      },
    };
  });
}

async function raceRotate(context: CheckContext): Promise<void> {
  await runInterleavings(context, async () => {
    const { session, subject } = await createOne(context);
    const next = makeSuccessorId(session.id);
    return {
      first: (store) => store.rotate(session.id, next),
      second: (store) => store.changeSubject(subject),
      async after(rotated, changed) {
        assert.deepEqual([rotated, changed], ['rotated', 1], 'rotate beside changeSubject');
        await expectStored(context, { ...session, id: next, subject, version: 2 }, 'after rotate beside changeSubject');
        await expectDead(context, [session.id], 'after rotate beside changeSubject');
      },
    };
  });
}

/** A session that is created meanwhile has the subject that it was given or the new one, and nothing in between. */
async function raceCreate(context: CheckContext): Promise<void> {
  await runInterleavings(context, async () => {
    const { session, subject, userId } = await createOne(context);
    const created = newSession(context.clock, userId);
    return {
      first: (store) => store.create(created),
      second: (store) => store.changeSubject(subject),
      async after(_, changed) {
        const expected = changed === 2 ? { ...created, subject } : created;
        await expectStored(context, { ...toFirstRecord(session), subject }, 'an earlier session');
        await expectStored(context, toFirstRecord(expected), `created beside a changeSubject that returned ${changed}`);
        await expectListed(context, userId, [session.id, created.id], 'after create beside changeSubject');
      },
    };
  });
}

async function raceDestroy(context: CheckContext): Promise<void> {
  await runInterleavings(context, async () => {
    const { session, subject, userId } = await createOne(context);
    return {
      first: (store) => store.destroy(session.id),
      second: (store) => store.changeSubject(subject),
      async after() {
        await expectDead(context, [session.id], 'after destroy beside changeSubject');
        await expectListed(context, userId, [], 'after destroy beside changeSubject');
      },
    };
  });
}

async function createOne({ a, clock }: CheckContext) {
  const userId = makeUserId(clock);
  const session = newSession(clock, userId);
  const subject: Subject = makeSubject(userId, { username: 'Ada King', roles: ['auditor'] });
  await a.create(session);
  return { session, subject, userId };
}

async function createSessions({ a, clock }: CheckContext, userId: string): Promise<NewSession[]> {
  const sessions = Array.from({ length: SESSIONS }, () =>
    newSession(clock, userId, { idleExpiresAt: clock() + 2 * HOUR }),
  );
  for (const session of sessions) await a.create(session);
  return sessions;
}
