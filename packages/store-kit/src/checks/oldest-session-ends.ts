// The limit of sessions per user (ASVS 7.1.2), for a store that has one.

import assert from 'node:assert/strict';
import type { NewSession } from '@statecraft/auth-core';
import type { Check } from '../check.ts';
import type { CheckContext } from '../context.ts';
import { catchCode } from '../errors.ts';
import { expectDead, expectListed, expectStored } from '../expectations.ts';
import { runInterleavings } from '../interleavings.ts';
import { newSession, toFirstRecord } from '../sessions.ts';

export const oldestSessionEnds: Check = {
  id: 'oldest-session-ends',
  invariant: 'limit',
  text: "beyond maxSessionsPerUser the user's oldest session ends as the new one begins, and no other user's",
  needs: ['userSessions'],
  limits: ['maxSessionsPerUser'],
  async run(context) {
    await createBeyondLimit(context);
    await raceAtLimit(context);
  },
};

async function createBeyondLimit(context: CheckContext): Promise<void> {
  const { a, b, clock } = context;
  const others = [newSession(clock, 'bob', { createdAt: clock() - 10 ** 6 }), newSession(clock)];
  for (const other of others) await a.create(other);
  const full = await fillToLimit(context, 'ada');
  await expectListed(
    context,
    'ada',
    full.map(({ id }) => id),
    'at the limit',
  );
  for (const [at, store] of [a, b].entries()) {
    const created = newSession(clock, 'ada');
    assert.equal(await catchCode(() => store.create(created)), undefined, 'create beyond the limit');
    full.push(created);
    const [ended, kept] = [full.slice(0, at + 1), full.slice(at + 1)].map((some) => some.map(({ id }) => id));
    await expectDead(context, ended ?? [], 'the oldest session beyond the limit');
    await expectListed(context, 'ada', kept ?? [], 'beyond the limit');
    clock.advance(1);
  }
  for (const other of others) await expectStored(context, toFirstRecord(other), "another user's session");
}

async function raceAtLimit(context: CheckContext): Promise<void> {
  const { clock } = context;
  const userId = 'eve';
  await fillToLimit(context, userId);
  await runInterleavings(context, () => {
    const [one, other] = [newSession(clock, userId), newSession(clock, userId)];
    return {
      first: (store) => store.create(one),
      second: (store) => store.create(other),
      async after() {
        const listed = (await context.b.list(userId)).map(({ id }) => id);
        assert.equal(listed.length, context.maxSessionsPerUser, 'sessions after two creates at the limit');
        assert.ok(listed.includes(one.id) && listed.includes(other.id), 'a new session ended instead of an old one');
        clock.advance(1);
      },
    };
  });
}

/** Creates as many as the limit allows, a second apart, but not in that order. Returns the oldest first. */
async function fillToLimit({ a, clock, maxSessionsPerUser = 0 }: CheckContext, userId: string): Promise<NewSession[]> {
  const sessions = Array.from({ length: maxSessionsPerUser }, (_, age) =>
    newSession(clock, userId, { createdAt: clock() - 1_000 * (maxSessionsPerUser - age) }),
  );
  const [odd, even] = [1, 0].map((rest) => sessions.filter((_, at) => at % 2 === rest));
  for (const session of [...(odd ?? []).reverse(), ...(even ?? [])]) await a.create(session);
  return sessions;
}
