// 33. The strategy changes its own text of a session beside the application's data: the binding of a device, which
// changes every few minutes.

import assert from 'node:assert/strict';
import type { NewSession } from '@statecraft/auth-core';
import type { Check } from '../check.ts';
import type { CheckContext } from '../context.ts';
import { expectDead, expectListed, expectStored } from '../expectations.ts';
import { makeDetailsChange, makeSuccessorId, makeUserId, newSession, toFirstRecord } from '../sessions.ts';

const OTHER = '{"other":1}';

export const detailsAreReplaced: Check = {
  id: 'details-are-replaced',
  invariant: 33,
  text: 'replaceDetails changes the details of a live session and nothing else, only if they are to the letter what was read',
  needs: ['replaceDetails'],
  async run(context) {
    for (const userId of [makeUserId(context.clock), undefined]) {
      await replaceFromBoth(context, userId);
      await replaceOtherDetails(context, userId);
    }
    await replaceNothing(context);
  },
};

/** Each instance reads before every write, so that one which wrongly caches the details is found. */
async function replaceFromBoth(context: CheckContext, userId: string | undefined): Promise<void> {
  const { a, b, clock } = context;
  const session = newSession(clock, userId);
  const neighbour = newSession(clock, userId);
  for (const created of [session, neighbour]) await a.create(created);
  const { from, to } = makeDetailsChange(session);
  // Time passes, so that a store that also moves the idle expiry is found.
  clock.advance(1);
  let details = from;
  for (const [writer, next] of [
    [a, to],
    [b, OTHER],
    [b, '{}'],
    [a, from],
  ] as const) {
    await Promise.all([a.read(session.id), b.read(session.id)]);
    assert.equal(await writer.replaceDetails(session.id, { from: details, to: next }), 'replaced');
    details = next;
    await expectStored(context, { ...toFirstRecord(session), details }, 'after replaceDetails');
    await expectStored(context, toFirstRecord(neighbour), "after replaceDetails of the user's other session");
  }
  if (userId !== undefined) await expectListed(context, userId, [session.id, neighbour.id], 'after replaceDetails');
}

async function replaceOtherDetails(context: CheckContext, userId: string | undefined): Promise<void> {
  const { a, b, clock } = context;
  const session = newSession(clock, userId);
  await a.create(session);
  for (const from of listOtherTexts(session.details)) {
    for (const store of [a, b]) {
      const answer = await store.replaceDetails(session.id, { from, to: OTHER });
      assert.equal(answer, 'conflict', 'replaceDetails from details that are not the stored ones');
      await expectStored(context, toFirstRecord(session), 'after replaceDetails from other details');
    }
  }
}

/** Texts that are not this one. Some mean the same as JSON. */
function listOtherTexts(details: string): string[] {
  const reversed = Object.fromEntries(Object.entries(JSON.parse(details) as object).reverse());
  return [
    '',
    '{}',
    'null',
    ` ${details}`,
    `${details}\n`,
    details.slice(0, -1),
    details.toUpperCase(),
    JSON.stringify(reversed),
    JSON.stringify(JSON.parse(details), null, 1),
  ];
}

/** Nothing is inserted or revived for a session that is unknown, has ended, has expired, or has a new id. */
async function replaceNothing(context: CheckContext): Promise<void> {
  const { a, b, clock, opened } = context;
  const userId = makeUserId(clock);
  const [unknown, destroyed, rotated] = [1, 2, 3].map(() => newSession(clock, userId)) as Three;
  const expired = newSession(clock, userId, { idleExpiresAt: clock() + 1 });
  const successor = { ...rotated, id: makeSuccessorId(rotated.id) };
  for (const session of [destroyed, rotated, expired]) await a.create(session);
  await a.destroy(destroyed.id);
  await a.rotate(rotated.id, successor.id);
  clock.advance(1);
  const before = (await opened.size?.()) ?? 0;
  for (const store of [a, b]) {
    for (const session of [unknown, destroyed, rotated, expired]) {
      const answer = await store.replaceDetails(session.id, makeDetailsChange(session));
      assert.equal(answer, 'gone', 'replaceDetails of a session that is not there');
      await expectDead(context, [session.id], 'after replaceDetails of a session that is not there');
    }
  }
  await expectStored(context, { ...successor, version: 2 }, 'after replaceDetails of the id before a rotate');
  await expectListed(context, userId, [successor.id], 'after replaceDetails of sessions that are not there');
  const stored = (await opened.size?.()) ?? 0;
  assert.ok(stored <= before, 'replaceDetails of sessions that are not there added one');
}

type Three = [NewSession, NewSession, NewSession];
