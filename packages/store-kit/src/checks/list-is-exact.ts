// 18. After any history, list and read agree. The store is compared with a model of it: a Map.

import assert from 'node:assert/strict';
import type { SessionRecord } from '@statecraft/auth-core';
import fc from 'fast-check';
import type { Check } from '../check.ts';
import type { CheckContext } from '../context.ts';
import { HOUR } from '../manual-clock.ts';
import { makeSubject, makeSuccessorId, newSession, pickFields, toFirstRecord } from '../sessions.ts';

const MINUTE = 60_000;

const steps = fc.array(
  fc.record({
    kind: fc.constantFrom(
      'create',
      'update',
      'touch',
      'rotate',
      'destroy',
      'destroyAll',
      'destroyAllExcept',
      'changeSubject',
      'wait',
    ),
    /** Which of the two users. */
    user: fc.nat(1),
    /** Which of all sessions so far, the newest first. */
    which: fc.nat(5),
    instance: fc.nat(1),
    minutes: fc.integer({ min: 1, max: 90 }),
  }),
  { minLength: 1, maxLength: 16 },
);
type Step = typeof steps extends fc.Arbitrary<(infer One)[]> ? One : never;

/** Every kind of step, on sessions that exist, in case no random history has them all. */
const EVERY_STEP: Step[] = (
  [
    ['create', 0],
    ['create', 0],
    ['create', 1],
    ['update', 1],
    ['touch', 2],
    ['rotate', 2],
    ['destroy', 2],
    ['create', 0],
    ['destroyAllExcept', 1],
    ['create', 0],
    ['create', 1],
    ['destroyAll', 0],
    ['create', 0],
    ['changeSubject', 0],
    ['wait', 0],
  ] as const
).map(([kind, which], at) => ({ kind, which, user: 0, instance: at % 2, minutes: 30 + at }));

export const listIsExact: Check = {
  id: 'list-is-exact',
  invariant: 18,
  text: "after any history, list returns exactly the user's live sessions, oldest first",
  needs: ['userSessions'],
  async run(context) {
    const property = fc.asyncProperty(steps, async (history) => {
      const users = [newSession(context.clock).id, newSession(context.clock).id] as const;
      const model = new Map<string, SessionRecord>();
      const everyId: string[] = [];
      for (const step of history) {
        await takeStep(context, step, users[step.user] ?? '', model, everyId);
        await expectModel(context, users, model, everyId);
      }
    });
    await fc.assert(property, { seed: context.seed, numRuns: context.runs, examples: [[EVERY_STEP]] });
  },
};

async function takeStep(
  context: CheckContext,
  step: Step,
  userId: string,
  model: Map<string, SessionRecord>,
  everyId: string[],
) {
  const { clock } = context;
  const store = step.instance === 0 ? context.a : context.b;
  const id = everyId.at(-1 - step.which) ?? newSession(clock).id;
  const live = model.get(id);
  const idleExpiresAt = clock() + step.minutes * MINUTE;
  const capped = Math.min(idleExpiresAt, live?.absoluteExpiresAt ?? 0);
  switch (step.kind) {
    case 'create': {
      const ends = { idleExpiresAt, absoluteExpiresAt: clock() + 2 * HOUR };
      // Each is a ms older than the one before, so that the order of creation is not the order of the calls.
      const session = newSession(clock, userId, { createdAt: clock() - everyId.length, ...ends });
      await store.create(session);
      everyId.push(session.id);
      model.set(session.id, toFirstRecord(session));
      return;
    }
    case 'update': {
      const version = live?.version ?? 1;
      const data = JSON.stringify({ minutes: step.minutes });
      assert.equal(await store.update(id, { version, data, idleExpiresAt }), live ? 'updated' : 'gone');
      if (live) model.set(id, { ...live, version: version + 1, data, idleExpiresAt: capped });
      return;
    }
    case 'touch':
      assert.equal(await store.touch(id, idleExpiresAt), live ? 'touched' : 'gone');
      if (live) model.set(id, { ...live, idleExpiresAt: Math.max(live.idleExpiresAt, capped) });
      return;
    case 'rotate': {
      const next = makeSuccessorId(id);
      assert.equal(await store.rotate(id, next), live ? 'rotated' : 'gone');
      if (!live) return;
      model.delete(id);
      model.set(next, { ...live, id: next, version: live.version + 1 });
      everyId.push(next);
      return;
    }
    case 'destroy':
      // Destroy of a former id may end the successor (11), so only live ids are destroyed here.
      if (live) await store.destroy(id);
      model.delete(id);
      return;
    case 'destroyAll':
    case 'destroyAllExcept': {
      const except = step.kind === 'destroyAllExcept' ? id : undefined;
      const ending = [...model.values()].filter(
        (session) => session.subject?.userId === userId && session.id !== except,
      );
      const options = except === undefined ? {} : { except };
      assert.equal(await store.destroyAll(userId, options), ending.length, 'what destroyAll returns');
      for (const session of ending) model.delete(session.id);
      return;
    }
    case 'changeSubject': {
      const changed = makeSubject(userId, { roles: [`after ${step.minutes} minutes`] });
      const live = [...model.values()].filter(({ subject }) => subject?.userId === userId);
      assert.equal(await store.changeSubject(changed), live.length, 'what changeSubject returns');
      for (const session of live) model.set(session.id, { ...session, subject: changed });
      return;
    }
    case 'wait':
      clock.advance(step.minutes * MINUTE);
      for (const [known, { idleExpiresAt: idle, absoluteExpiresAt: absolute }] of model) {
        if (clock() >= Math.min(idle, absolute)) model.delete(known);
      }
  }
}

async function expectModel(
  context: CheckContext,
  users: readonly string[],
  model: Map<string, SessionRecord>,
  everyId: string[],
) {
  for (const store of [context.a, context.b]) {
    for (const userId of users) {
      const live = [...model.values()].filter((session) => session.subject?.userId === userId);
      const expected = live.sort((one, other) => one.createdAt - other.createdAt);
      assert.deepEqual((await store.list(userId)).map(pickFields), expected, 'what list returns');
    }
    for (const id of everyId) assert.deepEqual(pickFields(await store.read(id)), model.get(id), 'what read returns');
  }
}
