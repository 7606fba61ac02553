// 20. Records are values: changing one, before or after a call, changes nothing that is stored.

import assert from 'node:assert/strict';
import type { SessionRecord } from '@statecraft/auth-core';
import type { Check } from '../check.ts';
import type { CheckContext } from '../context.ts';
import { expectListed, expectStored } from '../expectations.ts';
import { HOUR } from '../manual-clock.ts';
import { makeSubject, newSession, pickFields } from '../sessions.ts';

export const recordsAreValues: Check = {
  id: 'records-are-values',
  invariant: 20,
  text: 'changing an argument or a result changes nothing that is stored, and a write changes no earlier result',
  async run(context) {
    await changeArguments(context);
    await changeResults(context);
    await writeAfterRead(context);
  },
};

async function changeArguments(context: CheckContext): Promise<void> {
  const { a, clock } = context;
  const session = newSession(clock, 'ada');
  const change = { version: 1, data: '{"cart":[]}', idleExpiresAt: clock() + 2 * HOUR };
  const { id } = session;
  const expected = structuredClone({ ...session, version: 1 });
  await a.create(session);
  vandalise(session);
  await expectStored(context, expected, 'after the argument of create was changed');
  const updated = { ...expected, ...change, version: 2 };
  await a.update(id, change);
  vandalise(change);
  await expectStored(context, updated, 'after the argument of update was changed');
  await expectListed(context, 'ada', [id], 'after the arguments were changed');
  if (context.has('replaceDetails')) {
    const replacement = { from: updated.details, to: '{}' };
    updated.details = replacement.to;
    await a.replaceDetails(id, replacement);
    vandalise(replacement);
    await expectStored(context, updated, 'after the argument of replaceDetails was changed');
  }
  if (!context.has('userSessions')) return;
  const subject = { ...makeSubject('ada'), roles: ['auditor'] };
  const changed = structuredClone({ ...updated, subject });
  await a.changeSubject(subject);
  vandalise(subject);
  await expectStored(context, changed, 'after the argument of changeSubject was changed');
}

async function changeResults(context: CheckContext): Promise<void> {
  const { a, b, clock, has } = context;
  const session = newSession(clock, 'bob');
  const expected = structuredClone({ ...session, version: 1 });
  await a.create(session);
  for (const store of [a, b]) {
    vandalise(await store.read(session.id));
    await expectStored(context, expected, 'after the result of read was changed');
    if (!has('userSessions')) continue;
    const listed = await store.list('bob');
    for (const record of listed) vandalise(record);
    tryChange(() => (listed as SessionRecord[]).splice(0));
    await expectStored(context, expected, 'after the result of list was changed');
    await expectListed(context, 'bob', [session.id], 'after the result of list was changed');
  }
}

async function writeAfterRead({ a, b, clock }: CheckContext): Promise<void> {
  const session = newSession(clock);
  await a.create(session);
  const before = await a.read(session.id);
  await b.touch(session.id, clock() + 2 * HOUR);
  await a.update(session.id, { version: 1, data: '"changed"', idleExpiresAt: clock() + 2 * HOUR });
  assert.deepEqual(pickFields(before), { ...session, version: 1 }, 'an earlier result of read, after later writes');
}

/** Overwrites and deletes every field, at every depth. A frozen object refuses with a TypeError, which is fine, too. */
function vandalise(record: object | undefined): void {
  for (const [field, value] of Object.entries(record ?? {})) {
    if (typeof value === 'object' && value !== null) vandalise(value);
    tryChange(() => Object.assign(record ?? {}, { [field]: field === 'data' ? '"stolen"' : 7 }));
    tryChange(() => Reflect.deleteProperty(record ?? {}, field));
  }
}

function tryChange(change: () => unknown): void {
  try {
    change();
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
  }
}
