// 16. Freeing space ends no live session.

import assert from 'node:assert/strict';
import type { Check } from '../check.ts';
import type { CheckContext } from '../context.ts';
import { expectDead, expectStored } from '../expectations.ts';
import type { FullStore } from '../harness.ts';
import { runInterleavings } from '../interleavings.ts';
import { HOUR } from '../manual-clock.ts';
import { makeUserId, newSession } from '../sessions.ts';

export const sweepSparesTouched: Check = {
  id: 'sweep-spares-touched',
  invariant: 16,
  text: 'whatever removes expired sessions (sweep, or other writes) never removes one that was just touched',
  async run(context) {
    await sweepAfterTouch(context);
    await raceTouch(context);
    if (context.has('sweep')) await expectCounts(context);
  },
};

/** Sweeps; or, for a store without sweep, does what may make it remove expired sessions. */
async function freeSpace({ clock, has }: CheckContext, store: FullStore, userId: string): Promise<void> {
  if (has('sweep')) return void (await store.sweep());
  await store.create(newSession(clock, userId));
  if (has('userSessions')) await store.list(userId);
}

/** A sweep that uses the expiry given to create would remove it. */
async function sweepAfterTouch(context: CheckContext): Promise<void> {
  const { a, b, clock } = context;
  const session = newSession(clock, 'ada');
  const expired = newSession(clock, 'ada');
  await a.create(session);
  await a.create(expired);
  clock.advance(HOUR - 1);
  const idleExpiresAt = clock() + HOUR;
  assert.equal(await b.touch(session.id, idleExpiresAt), 'touched');
  clock.advance(2);
  for (const store of [a, b]) {
    await freeSpace(context, store, 'ada');
    await expectStored(context, { ...session, idleExpiresAt, version: 1 }, 'touched before its expiry, then swept');
  }
  await expectDead(context, [expired.id], 'expired and swept');
}

/** The sweep finds it expired; before it removes it, the clock is stepped back and the session is touched. */
async function raceTouch(context: CheckContext): Promise<void> {
  const { clock } = context;
  await runInterleavings(context, async () => {
    const userId = makeUserId(clock);
    const session = newSession(clock, userId);
    await context.a.create(session);
    clock.advance(HOUR);
    const idleExpiresAt = clock() + HOUR;
    return {
      first: (store) => freeSpace(context, store, userId),
      second(store) {
        clock.advance(-1);
        return store.touch(session.id, idleExpiresAt);
      },
      async after(_, touched) {
        clock.advance(1);
        if (touched === 'touched')
          await expectStored(context, { ...session, idleExpiresAt, version: 1 }, 'touched beside a sweep');
      },
    };
  });
}

async function expectCounts({ a, clock, opened }: CheckContext): Promise<void> {
  clock.advance(24 * HOUR);
  await a.sweep();
  assert.equal((await opened.size?.()) ?? 0, 0, 'stored sessions after all had expired and were swept');
  const [expired, live] = [1, 2].map((hours) => newSession(clock, 'bob', { idleExpiresAt: clock() + hours * HOUR }));
  for (const session of [expired, live]) if (session) await a.create(session);
  clock.advance(HOUR);
  assert.equal(await a.sweep(), 1, 'what sweep returns for one expired session and a live one');
  assert.equal(await a.sweep(), 0, 'what a second sweep returns');
  assert.equal((await opened.size?.()) ?? 1, 1, 'stored sessions after a sweep');
}
