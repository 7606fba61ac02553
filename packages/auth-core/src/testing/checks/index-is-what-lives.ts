// 18. What list answers is what read answers, after any history. The store is held against a model of it: a Map.

import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { SessionRecord } from '../../contracts/store.ts';
import type { Check } from '../check.ts';
import { firstVersion } from '../looks.ts';
import { fieldsOf, HOUR, newSession, type Scene, successorOf } from '../scene.ts';

const MINUTE = 60_000;

const steps = fc.array(
  fc.record({
    kind: fc.constantFrom('create', 'update', 'touch', 'rotate', 'destroy', 'destroyAll', 'destroyAllBut', 'wait'),
    /** Of the two users. */
    user: fc.nat(1),
    /** Of the sessions that ever were, the newest first. */
    which: fc.nat(5),
    instance: fc.nat(1),
    minutes: fc.integer({ min: 1, max: 90 }),
  }),
  { minLength: 1, maxLength: 16 },
);
type Step = typeof steps extends fc.Arbitrary<(infer One)[]> ? One : never;

/** What chance may leave out: every step, on sessions that are there. */
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
    ['destroyAllBut', 1],
    ['create', 0],
    ['create', 1],
    ['destroyAll', 0],
    ['create', 0],
    ['wait', 0],
  ] as const
).map(([kind, which], at) => ({ kind, which, user: 0, instance: at % 2, minutes: 30 + at }));

export const indexIsWhatLives: Check = {
  id: 'index-is-what-lives',
  invariant: 18,
  text: "at rest a user's list is exactly the user's live sessions, oldest first, after any history",
  needs: ['userSessions'],
  async run(scene) {
    const property = fc.asyncProperty(steps, async (history) => {
      const users = [newSession(scene.clock).id, newSession(scene.clock).id] as const;
      const model = new Map<string, SessionRecord>();
      const everyId: string[] = [];
      for (const step of history) {
        await take(scene, step, users[step.user] ?? '', model, everyId);
        await compare(scene, users, model, everyId);
      }
    });
    await fc.assert(property, { seed: scene.seed, numRuns: scene.runs, examples: [[EVERY_STEP]] });
  },
};

async function take(scene: Scene, step: Step, userId: string, model: Map<string, SessionRecord>, everyId: string[]) {
  const { clock } = scene;
  const store = step.instance === 0 ? scene.a : scene.b;
  const id = everyId.at(-1 - step.which) ?? newSession(clock).id;
  const live = model.get(id);
  const idleExpiresAt = clock() + step.minutes * MINUTE;
  const capped = Math.min(idleExpiresAt, live?.absoluteExpiresAt ?? 0);
  switch (step.kind) {
    case 'create': {
      const ends = { idleExpiresAt, absoluteExpiresAt: clock() + 2 * HOUR };
      // A ms older than any before it, so that the order of creation is not the order of the calls.
      const session = newSession(clock, userId, { createdAt: clock() - everyId.length, ...ends });
      await store.create(session);
      everyId.push(session.id);
      model.set(session.id, firstVersion(session));
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
      const next = successorOf(id);
      assert.equal(await store.rotate(id, next), live ? 'rotated' : 'gone');
      if (!live) return;
      model.delete(id);
      model.set(next, { ...live, id: next, version: live.version + 1 });
      everyId.push(next);
      return;
    }
    case 'destroy':
      // Of a former id, destroy may end the successor (11); this check leaves that alone.
      if (live) await store.destroy(id);
      model.delete(id);
      return;
    case 'destroyAll':
    case 'destroyAllBut': {
      const except = step.kind === 'destroyAllBut' ? id : undefined;
      const ending = [...model.values()].filter((session) => session.userId === userId && session.id !== except);
      const options = except === undefined ? {} : { except };
      assert.equal(await store.destroyAll(userId, options), ending.length, 'what destroyAll answers');
      for (const session of ending) model.delete(session.id);
      return;
    }
    case 'wait':
      clock.advance(step.minutes * MINUTE);
      for (const [known, { idleExpiresAt: idle, absoluteExpiresAt: absolute }] of model) {
        if (clock() >= Math.min(idle, absolute)) model.delete(known);
      }
  }
}

async function compare(scene: Scene, users: readonly string[], model: Map<string, SessionRecord>, everyId: string[]) {
  for (const store of [scene.a, scene.b]) {
    for (const userId of users) {
      const live = [...model.values()].filter((session) => session.userId === userId);
      const expected = live.sort((one, other) => one.createdAt - other.createdAt);
      assert.deepEqual((await store.list(userId)).map(fieldsOf), expected, 'what list answers');
    }
    for (const id of everyId) assert.deepEqual(fieldsOf(await store.read(id)), model.get(id), 'what read answers');
  }
}
