// 28. Only changeSubject changes who a session belongs to.

import assert from 'node:assert/strict';
import type { Subject } from '@statecraft/auth-core';
import fc from 'fast-check';
import type { Check } from '../check.ts';
import type { CheckContext } from '../context.ts';
import { expectStored } from '../expectations.ts';
import { HOUR } from '../manual-clock.ts';
import { makeChange, makeSubject, makeSuccessorId, makeUserId, newSession, toFirstRecord } from '../sessions.ts';

/** Subjects that change when a store joins roles, trims names, or drops what is empty. */
const SUBJECTS: readonly Partial<Subject>[] = [
  { username: '', roles: [] },
  { username: ' Ada ', roles: ['', ' ', 'a,b', 'a', 'a'] },
  { username: '"}]\0\r\n\u2028', roles: ['__proto__', '"', '\\', '\u{1f375}'] },
  { username: 'e\u0301 \ufb01', roles: ['b', 'a', '10', '9'] },
];

export const subjectIsKept: Check = {
  id: 'subject-is-kept',
  invariant: 28,
  text: 'update, touch and rotate keep the subject to the letter: user id, name, and roles in their order',
  async run(context) {
    for (const more of SUBJECTS) await writeAll(context, makeSubject(makeUserId(context.clock), more));
    await writeAll(context, undefined);
    const text = fc.string({ unit: 'grapheme', maxLength: 20 });
    const subject = fc.record({ username: text, roles: fc.array(text, { maxLength: 5 }) });
    const property = fc.asyncProperty(subject, (more) =>
      writeAll(context, makeSubject(makeUserId(context.clock), more)),
    );
    await fc.assert(property, { seed: context.seed, numRuns: context.runs });
  },
};

async function writeAll(context: CheckContext, subject: Subject | undefined): Promise<void> {
  const { a, b, clock } = context;
  const session = newSession(clock, subject?.userId, { subject });
  const next = makeSuccessorId(session.id);
  const change = makeChange(context, 1);
  const updated = { ...session, ...change, version: 2 };
  const idleExpiresAt = clock() + 2 * HOUR;
  await a.create(session);
  await expectStored(context, toFirstRecord(session), 'after create');
  assert.equal(await b.update(session.id, change), 'updated');
  await expectStored(context, updated, 'after update');
  assert.equal(await a.touch(session.id, idleExpiresAt), 'touched');
  await expectStored(context, { ...updated, idleExpiresAt }, 'after touch');
  assert.equal(await b.rotate(session.id, next), 'rotated');
  await expectStored(context, { ...updated, idleExpiresAt, id: next, version: 3 }, 'after rotate');
  await a.destroy(next);
}
