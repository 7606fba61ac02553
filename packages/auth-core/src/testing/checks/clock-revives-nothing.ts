// 14. Once anybody was told that a session had expired, no clock brings it back.

import assert from 'node:assert/strict';
import type { Check } from '../check.ts';
import { expectDead, expectListed } from '../looks.ts';
import { HOUR, newSession, type Scene } from '../scene.ts';
import { type View, viewsOf } from '../views.ts';

export const clockRevivesNothing: Check = {
  id: 'clock-revives-nothing',
  invariant: 14,
  text: 'a session that was seen to have expired stays gone when the clock is stepped an hour either way',
  async run(scene) {
    for (const witness of viewsOf(scene)) {
      for (const steps of [
        [-HOUR, HOUR],
        [HOUR, -2 * HOUR, HOUR],
      ]) {
        await stepped(scene, witness, steps);
      }
    }
  },
};

async function stepped(scene: Scene, witness: View, steps: readonly number[]): Promise<void> {
  const { a, b, clock } = scene;
  const userId = newSession(clock).id;
  const session = { ...newSession(clock, userId), userId };
  await a.create(session);
  clock.advance(HOUR);
  assert.equal(await witness.alive(b, session), false, `${witness.name} at the idle expiry`);
  for (const step of steps) {
    clock.advance(step);
    await expectDead(scene, [session.id], `${witness.name} saw it expired, then the clock was stepped by ${step} ms`);
    for (const view of viewsOf(scene)) {
      assert.equal(await view.alive(a, session), false, `${view.name} after ${witness.name} saw it expired`);
    }
    await expectListed(scene, userId, [], 'after the clock was stepped');
  }
}
