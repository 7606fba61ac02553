// 35. replaceDetails and the other writes of a session change different parts of it, so none of them loses another's.

import assert from 'node:assert/strict';
import type { Awaitable, NewSession, SessionRecord } from '@statecraft/auth-core';
import type { Check } from '../check.ts';
import type { CheckContext } from '../context.ts';
import { expectDead, expectListed, expectStored } from '../expectations.ts';
import type { FullStore } from '../harness.ts';
import { type Race, runInterleavings } from '../interleavings.ts';
import { HOUR } from '../manual-clock.ts';
import {
  makeChange,
  makeDetailsChange,
  makeSubject,
  makeSuccessorId,
  makeUserId,
  newSession,
  toFirstRecord,
} from '../sessions.ts';

export const replaceBesideWrites: Check = {
  id: 'replace-beside-writes',
  invariant: 35,
  text: 'replaceDetails beside any other write causes no conflict, loses no part of either, and revives no session',
  needs: ['replaceDetails'],
  async run(context) {
    await runInterleavings(context, () => raceUpdate(context));
    await runInterleavings(context, () => raceTouch(context));
    await runInterleavings(context, () => raceRotate(context));
    await runInterleavings(context, () => raceDestroy(context));
    if (context.has('userSessions')) await runInterleavings(context, () => raceChangeSubject(context));
    await runInterleavings(context, () => raceExpiry(context));
  },
};

async function raceUpdate(context: CheckContext): Promise<Race> {
  const { session, replace, replaced } = await createOne(context);
  const change = makeChange(context, 1);
  return {
    first: replace,
    second: (store) => store.update(session.id, change),
    async after(...answers) {
      assert.deepEqual(answers, ['replaced', 'updated'], 'replaceDetails beside update');
      await expectStored(context, { ...replaced, ...change, version: 2 }, 'after replaceDetails beside update');
    },
  };
}

async function raceTouch(context: CheckContext): Promise<Race> {
  const { session, replace, replaced } = await createOne(context);
  const idleExpiresAt = session.idleExpiresAt + 1;
  return {
    first: replace,
    second: (store) => store.touch(session.id, idleExpiresAt),
    async after(...answers) {
      assert.deepEqual(answers, ['replaced', 'touched'], 'replaceDetails beside touch');
      await expectStored(context, { ...replaced, idleExpiresAt }, 'after replaceDetails beside touch');
    },
  };
}

/** The old details stay if the rotate came first. */
async function raceRotate(context: CheckContext): Promise<Race> {
  const { session, replace, replaced } = await createOne(context);
  const id = makeSuccessorId(session.id);
  return {
    first: replace,
    second: (store) => store.rotate(session.id, id),
    async after(answer, rotated) {
      assert.equal(rotated, 'rotated', 'rotate beside replaceDetails');
      assert.ok(answer === 'replaced' || answer === 'gone', `replaceDetails beside rotate answers ${answer}`);
      const { details } = answer === 'replaced' ? replaced : session;
      await expectStored(context, { ...replaced, details, id, version: 2 }, 'after replaceDetails beside rotate');
      await expectDead(context, [session.id], 'after replaceDetails beside rotate');
    },
  };
}

async function raceDestroy(context: CheckContext): Promise<Race> {
  const { session, userId, replace } = await createOne(context);
  return {
    first: replace,
    second: (store) => store.destroy(session.id),
    async after() {
      await expectDead(context, [session.id], 'after replaceDetails beside destroy');
      await expectListed(context, userId, [], 'after replaceDetails beside destroy');
    },
  };
}

async function raceChangeSubject(context: CheckContext): Promise<Race> {
  const { userId, replace, replaced } = await createOne(context);
  const subject = makeSubject(userId, { username: 'Ada King', roles: ['auditor'] });
  return {
    first: replace,
    second: (store) => store.changeSubject(subject),
    async after(...answers) {
      assert.deepEqual(answers, ['replaced', 1], 'replaceDetails beside changeSubject');
      await expectStored(context, { ...replaced, subject }, 'after replaceDetails beside changeSubject');
    },
  };
}

/** The session expires, and is removed, at any moment of the replaceDetails. */
async function raceExpiry(context: CheckContext): Promise<Race> {
  const { clock } = context;
  const { session, userId, replace } = await createOne(context, { idleExpiresAt: clock() + 1 });
  return {
    first: replace,
    second(store) {
      clock.advance(1);
      return removeExpired(context, store, session);
    },
    async after() {
      await expectDead(context, [session.id], 'expired during replaceDetails');
      await expectListed(context, userId, [], 'expired during replaceDetails');
    },
  };
}

/** For a store without sweep, a read removes the session. */
function removeExpired({ has }: CheckContext, store: FullStore, { id }: NewSession): Awaitable<unknown> {
  return has('sweep') ? store.sweep() : store.read(id);
}

interface Created {
  readonly session: NewSession;
  readonly userId: string;
  readonly replace: Race['first'];
  /** What is stored after `replace`. */
  readonly replaced: SessionRecord;
}

async function createOne({ a, clock }: CheckContext, more: Partial<NewSession> = {}): Promise<Created> {
  const userId = makeUserId(clock);
  const session = newSession(clock, userId, { idleExpiresAt: clock() + HOUR, ...more });
  const change = makeDetailsChange(session);
  await a.create(session);
  return {
    session,
    userId,
    replace: (store) => store.replaceDetails(session.id, change),
    replaced: { ...toFirstRecord(session), details: change.to },
  };
}
