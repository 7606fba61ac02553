// 18. After any history, list and read agree. The store is compared with a model of it: a Map.

import assert from 'node:assert/strict';
import type { SessionRecord } from '@statecraft/auth-core';
import fc from 'fast-check';
import type { Check } from '../check.ts';
import type { CheckContext } from '../context.ts';
import type { FullStore } from '../harness.ts';
import { HOUR } from '../manual-clock.ts';
import { makeSubject, makeSuccessorId, makeUserId, newSession, pickFields, toFirstRecord } from '../sessions.ts';

const MINUTE = 60_000;

const KINDS = [
  'create',
  'update',
  'touch',
  'rotate',
  'destroy',
  'destroyAll',
  'destroyAllExcept',
  'changeSubject',
  'wait',
] as const;

interface Step {
  readonly kind: (typeof KINDS)[number];
  /** Which of the two users. */
  readonly user: number;
  /** Which of all sessions so far, the newest first. */
  readonly which: number;
  readonly instance: number;
  readonly minutes: number;
}

const histories: fc.Arbitrary<Step[]> = fc.array(
  fc.record({
    kind: fc.constantFrom(...KINDS),
    user: fc.nat(1),
    which: fc.nat(5),
    instance: fc.nat(1),
    minutes: fc.integer({ min: 1, max: 90 }),
  }),
  { minLength: 1, maxLength: 16 },
);

/** Every kind of step, on sessions that exist, in case no random history has them all. */
const EVERY_KIND: Step[] = (
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
).map(([kind, which], index) => ({ kind, which, user: 0, instance: index % 2, minutes: 30 + index }));

export const listIsExact: Check = {
  id: 'list-is-exact',
  invariant: 18,
  text: "after any history, list returns exactly the user's live sessions, oldest first",
  needs: ['userSessions'],
  async run(context) {
    const property = fc.asyncProperty(histories, async (history) => {
      const users = [makeUserId(context.clock), makeUserId(context.clock)] as const;
      const run: Run = { context, users, model: new Map(), everyId: [] };
      for (const step of history) {
        await STEPS[step.kind](run, prepareStep(run, step));
        await expectModel(run);
      }
    });
    await fc.assert(property, { seed: context.seed, numRuns: context.runs, examples: [[EVERY_KIND]] });
  },
};

interface Run {
  readonly context: CheckContext;
  readonly users: readonly [string, string];
  /** What must be stored. */
  readonly model: Map<string, SessionRecord>;
  /** Every id that was ever used, the oldest first. */
  readonly everyId: string[];
}

interface PreparedStep {
  readonly store: FullStore;
  readonly userId: string;
  readonly id: string;
  /** The session of this id, if it is alive. */
  readonly live: SessionRecord | undefined;
  readonly minutes: number;
  readonly idleExpiresAt: number;
}

function prepareStep({ context, users, model, everyId }: Run, step: Step): PreparedStep {
  const id = everyId.at(-1 - step.which) ?? newSession(context.clock).id;
  return {
    store: step.instance === 0 ? context.a : context.b,
    userId: users[step.user] ?? '',
    id,
    live: model.get(id),
    minutes: step.minutes,
    idleExpiresAt: context.clock() + step.minutes * MINUTE,
  };
}

/** Does each step with the store and with the model. */
const STEPS: Record<Step['kind'], (run: Run, step: PreparedStep) => Promise<void>> = {
  async create({ context: { clock }, model, everyId }, { store, userId, idleExpiresAt }) {
    // Each is a ms older than the one before, so that the order of creation is not the order of the calls.
    const createdAt = clock() - everyId.length;
    const session = newSession(clock, userId, { createdAt, idleExpiresAt, absoluteExpiresAt: clock() + 2 * HOUR });
    await store.create(session);
    everyId.push(session.id);
    model.set(session.id, toFirstRecord(session));
  },

  async update({ model }, { store, id, live, minutes, idleExpiresAt }) {
    const version = live?.version ?? 1;
    const data = JSON.stringify({ minutes });
    assert.equal(await store.update(id, { version, data, idleExpiresAt }), live ? 'updated' : 'gone');
    const capped = Math.min(idleExpiresAt, live?.absoluteExpiresAt ?? 0);
    if (live) model.set(id, { ...live, version: version + 1, data, idleExpiresAt: capped });
  },

  async touch({ model }, { store, id, live, idleExpiresAt }) {
    assert.equal(await store.touch(id, idleExpiresAt), live ? 'touched' : 'gone');
    const capped = Math.min(idleExpiresAt, live?.absoluteExpiresAt ?? 0);
    if (live) model.set(id, { ...live, idleExpiresAt: Math.max(live.idleExpiresAt, capped) });
  },

  async rotate({ model, everyId }, { store, id, live }) {
    const next = makeSuccessorId(id);
    assert.equal(await store.rotate(id, next), live ? 'rotated' : 'gone');
    if (!live) return;
    model.delete(id);
    model.set(next, { ...live, id: next, version: live.version + 1 });
    everyId.push(next);
  },

  async destroy({ model }, { store, id, live }) {
    // Destroy of a former id may end the successor (11), so only live ids are destroyed here.
    if (live) await store.destroy(id);
    model.delete(id);
  },

  async destroyAll(run, { store, userId }) {
    const ending = listModel(run, userId);
    assert.equal(await store.destroyAll(userId), ending.length, 'what destroyAll returns');
    for (const session of ending) run.model.delete(session.id);
  },

  async destroyAllExcept(run, { store, userId, id }) {
    const ending = listModel(run, userId).filter((session) => session.id !== id);
    assert.equal(await store.destroyAll(userId, { except: id }), ending.length, 'what destroyAll with except returns');
    for (const session of ending) run.model.delete(session.id);
  },

  async changeSubject(run, { store, userId, minutes }) {
    const subject = makeSubject(userId, { roles: [`after ${minutes} minutes`] });
    const live = listModel(run, userId);
    assert.equal(await store.changeSubject(subject), live.length, 'what changeSubject returns');
    for (const session of live) run.model.set(session.id, { ...session, subject });
  },

  async wait({ context: { clock }, model }, { minutes }) {
    clock.advance(minutes * MINUTE);
    for (const [id, { idleExpiresAt, absoluteExpiresAt }] of model) {
      if (clock() >= Math.min(idleExpiresAt, absoluteExpiresAt)) model.delete(id);
    }
  },
};

function listModel({ model }: Run, userId: string): SessionRecord[] {
  const own = [...model.values()].filter(({ subject }) => subject?.userId === userId);
  return own.sort((one, other) => one.createdAt - other.createdAt);
}

async function expectModel(run: Run): Promise<void> {
  for (const store of [run.context.a, run.context.b]) {
    for (const userId of run.users) {
      assert.deepEqual((await store.list(userId)).map(pickFields), listModel(run, userId), 'what list returns');
    }
    for (const id of run.everyId) {
      assert.deepEqual(pickFields(await store.read(id)), run.model.get(id), 'what read returns');
    }
  }
}
