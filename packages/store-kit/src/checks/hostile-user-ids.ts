// 19. A user id is the whole name of one user, and no pattern, prefix or command.

import assert from 'node:assert/strict';
import type { NewSession } from '@statecraft/auth-core';
import type { Check } from '../check.ts';
import type { CheckContext } from '../context.ts';
import { catchCode } from '../errors.ts';
import { expectListed, expectStored } from '../expectations.ts';
import { HOSTILE_TEXTS, shorten } from '../hostile-texts.ts';
import { newSession, toFirstRecord } from '../sessions.ts';

export const hostileUserIds: Check = {
  id: 'hostile-user-ids',
  invariant: 19,
  text: "any text as a user id, even of a megabyte, is refused with a code or reaches no other user's sessions",
  async run(context) {
    const { a, b, clock } = context;
    const victims = [newSession(clock, 'ada'), newSession(clock, 'bob'), newSession(clock)];
    for (const victim of victims) await a.create(victim);
    const kept = new Map<string, NewSession>();
    for (const userId of HOSTILE_TEXTS) {
      const session = newSession(clock, userId);
      const code = await catchCode(() => a.create(session));
      if (code === undefined) kept.set(userId, session);
      if (context.has('userSessions')) {
        const listed = (await b.list(userId)).map(({ id }) => id);
        assert.deepEqual(listed, code === undefined ? [session.id] : [], `sessions of the user ${shorten(userId)}`);
      }
    }
    // After all were created, so that two user ids which the store takes for one are found.
    for (const [userId, session] of kept) await expectStored(context, toFirstRecord(session), `of ${shorten(userId)}`);
    await expectStoredAll(context, victims);
    if (context.has('userSessions')) await destroyEach(context, kept, victims);
  },
};

async function destroyEach(
  context: CheckContext,
  kept: Map<string, NewSession>,
  victims: readonly NewSession[],
): Promise<void> {
  const { a } = context;
  for (const userId of HOSTILE_TEXTS) {
    const ended = await a.destroyAll(userId);
    assert.equal(ended, kept.has(userId) ? 1 : 0, `destroyAll of the user ${shorten(userId)}`);
    kept.delete(userId);
    await expectListed(context, userId, [], `after destroyAll of ${shorten(userId)}`);
  }
  for (const [userId, session] of kept) await expectStored(context, toFirstRecord(session), `of ${shorten(userId)}`);
  await expectStoredAll(context, victims);
}

async function expectStoredAll(context: CheckContext, sessions: readonly NewSession[]): Promise<void> {
  for (const session of sessions) await expectStored(context, toFirstRecord(session), 'the session of another user');
  await expectListed(context, 'ada', [sessions[0]?.id ?? ''], 'the sessions of another user');
}
