// 16. Making room ends nobody's session.

import assert from 'node:assert/strict';
import type { Check } from '../check.ts';
import { everyInterleaving } from '../interleave.ts';
import { expectDead, expectStored } from '../looks.ts';
import { type FullStore, HOUR, newSession, type Scene } from '../scene.ts';

export const sweepSparesTheTouched: Check = {
  id: 'sweep-spares-the-touched',
  invariant: 16,
  text: 'what removes expired sessions (sweep, or other writes) never removes one that was just touched',
  async run(scene) {
    await touchedBefore(scene);
    await touchedMeanwhile(scene);
    if (scene.has('sweep')) await countsAndFrees(scene);
  },
};

/** A sweep where there is one; else what a store without one may use to make room. */
async function makeRoom({ clock, has }: Scene, store: FullStore, userId: string): Promise<void> {
  if (has('sweep')) return void (await store.sweep());
  await store.create(newSession(clock, userId));
  if (has('userSessions')) await store.list(userId);
}

/** A sweep that goes by the expiry at create would take it. */
async function touchedBefore(scene: Scene): Promise<void> {
  const { a, b, clock } = scene;
  const session = newSession(clock, 'ada');
  const expired = newSession(clock, 'ada');
  await a.create(session);
  await a.create(expired);
  clock.advance(HOUR - 1);
  const idleExpiresAt = clock() + HOUR;
  assert.equal(await b.touch(session.id, idleExpiresAt), 'touched');
  clock.advance(2);
  for (const store of [a, b]) {
    await makeRoom(scene, store, 'ada');
    await expectStored(scene, { ...session, idleExpiresAt, version: 1 }, 'touched before its expiry, then swept');
  }
  await expectDead(scene, [expired.id], 'expired and swept');
}

/** The sweep has found it expired; before it removes it, the clock is stepped back and somebody touches it. */
async function touchedMeanwhile(scene: Scene): Promise<void> {
  const { clock } = scene;
  await everyInterleaving(scene, async () => {
    const userId = newSession(clock).id;
    const session = newSession(clock, userId);
    await scene.a.create(session);
    clock.advance(HOUR);
    const idleExpiresAt = clock() + HOUR;
    return {
      first: (store) => makeRoom(scene, store, userId),
      second(store) {
        clock.advance(-1);
        return store.touch(session.id, idleExpiresAt);
      },
      async after(_, touched) {
        clock.advance(1);
        if (touched === 'touched')
          await expectStored(scene, { ...session, idleExpiresAt, version: 1 }, 'touched beside a sweep');
      },
    };
  });
}

async function countsAndFrees({ a, clock, opened }: Scene): Promise<void> {
  clock.advance(24 * HOUR);
  await a.sweep();
  assert.equal((await opened.size?.()) ?? 0, 0, 'sessions kept after all had expired and were swept');
  const [expired, live] = [1, 2].map((hours) => newSession(clock, 'bob', { idleExpiresAt: clock() + hours * HOUR }));
  for (const session of [expired, live]) if (session) await a.create(session);
  clock.advance(HOUR);
  assert.equal(await a.sweep(), 1, 'what sweep answers, with one expired session and a live one');
  assert.equal(await a.sweep(), 0, 'what a second sweep answers');
  assert.equal((await opened.size?.()) ?? 1, 1, 'sessions kept after a sweep');
}
