// 29. The details belong to the strategy: a store keeps fields that it does not know.

import assert from 'node:assert/strict';
import type { Check } from '../check.ts';
import type { CheckContext } from '../context.ts';
import { expectStored } from '../expectations.ts';
import { HOUR } from '../manual-clock.ts';
import { makeChange, makeSubject, makeSuccessorId, makeUserId, newSession } from '../sessions.ts';

const DETAILS: readonly string[] = [
  '{}',
  '{"idleMs":1000,"device":{"address":"::1","browser":"a browser"}}',
  '{"binding":{"id":"an id","key":{"kty":"EC"},"challenge":"a challenge"},"idleMs":1000}',
  '{"fieldOfALaterVersion":{"deep":[1,{"deeper":null}]},"idleMs":1000}',
  ' { "spaces" : 1 , "twice" : 1 , "twice" : 2 }\n',
];

export const detailsAreKept: Check = {
  id: 'details-are-kept',
  invariant: 29,
  text: 'details survive every write to the letter, unknown fields included, unless an update replaces them',
  async run(context) {
    for (const details of DETAILS) {
      await writeAll(context, details);
      await replace(context, details);
    }
  },
};

async function writeAll(context: CheckContext, details: string): Promise<void> {
  const { a, b, clock } = context;
  const userId = makeUserId(clock);
  const session = newSession(clock, userId, { details });
  const next = makeSuccessorId(session.id);
  const change = makeChange(context, 1);
  const idleExpiresAt = clock() + 2 * HOUR;
  let expected = { ...session, ...change, version: 2 };
  await a.create(session);
  assert.equal(await b.update(session.id, change), 'updated');
  await expectStored(context, expected, 'after an update without details');
  await b.touch(session.id, idleExpiresAt);
  expected = { ...expected, idleExpiresAt };
  await expectStored(context, expected, 'after touch');
  await a.rotate(session.id, next);
  expected = { ...expected, id: next, version: 3 };
  await expectStored(context, expected, 'after rotate');
  if (!context.has('userSessions')) return;
  const subject = makeSubject(userId, { roles: ['auditor'] });
  await b.changeSubject(subject);
  await expectStored(context, { ...expected, subject }, 'after changeSubject');
}

async function replace(context: CheckContext, details: string): Promise<void> {
  const { a, b, clock } = context;
  const session = newSession(clock);
  const change = { ...makeChange(context, 1), details };
  await a.create(session);
  assert.equal(await b.update(session.id, { ...change, version: 2, details: '"lost"' }), 'conflict');
  assert.equal(await b.update(session.id, change), 'updated');
  await expectStored(context, { ...session, ...change, version: 2 }, 'after an update with details');
}
