// 14. Expiry is a moment, not a sweep: from it on every method answers as if the session had never been.

import assert from 'node:assert/strict';
import type { NewSession } from '../../contracts/store.ts';
import type { Check } from '../check.ts';
import { expectDead } from '../looks.ts';
import { HOUR, newSession, type Scene } from '../scene.ts';
import { type View, viewsOf } from '../views.ts';

/** ms from the expiry. */
const MOMENTS = [-1_000, -1, 0, 1, 1_000];

/** Which of the two comes first, `HOUR` from now. */
const ENDS = {
  idle: (now: number) => ({ idleExpiresAt: now + HOUR }),
  absolute: (now: number) => ({ idleExpiresAt: now + 2 * HOUR, absoluteExpiresAt: now + HOUR }),
  both: (now: number) => ({ idleExpiresAt: now + HOUR, absoluteExpiresAt: now + HOUR }),
} as const satisfies Record<string, (now: number) => Partial<NewSession>>;

export const expiredIsGone: Check = {
  id: 'expired-is-gone',
  invariant: 14,
  text: 'at either expiry, to the ms, a session is gone for every method, before any sweep',
  async run(scene) {
    for (const end of ['idle', 'absolute', 'both'] as const) {
      for (const ms of MOMENTS) {
        for (const view of viewsOf(scene)) await seen(scene, end, ms, view);
      }
    }
  },
};

async function seen(scene: Scene, end: keyof typeof ENDS, ms: number, view: View): Promise<void> {
  const { a, b, clock } = scene;
  const userId = newSession(clock).id;
  const session = { ...newSession(clock, userId, ENDS[end](clock())), userId };
  await a.create(session);
  clock.advance(HOUR + ms);
  const alive = await view.alive(b, session);
  assert.equal(alive, ms < 0, `${view.name} ${ms} ms after the ${end} expiry answers as if it were alive: ${alive}`);
  if (ms >= 0) await expectDead(scene, [session.id], `${ms} ms after the ${end} expiry`);
}
