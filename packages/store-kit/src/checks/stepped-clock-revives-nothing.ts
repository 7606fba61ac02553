// 14. After any method has found a session expired, no step of the clock brings it back.

import assert from 'node:assert/strict';
import type { Check } from '../check.ts';
import type { CheckContext } from '../context.ts';
import { expectDead, expectListed } from '../expectations.ts';
import { HOUR } from '../manual-clock.ts';
import { listProbes, type Probe } from '../probes.ts';
import { makeUserId, newSession } from '../sessions.ts';

export const steppedClockRevivesNothing: Check = {
  id: 'stepped-clock-revives-nothing',
  invariant: 14,
  text: 'a session that a method has found expired stays gone when the clock is stepped by an hour either way',
  async run(context) {
    for (const first of listProbes(context)) {
      for (const steps of [
        [-HOUR, HOUR],
        [HOUR, -2 * HOUR, HOUR],
      ]) {
        await stepAfter(context, first, steps);
      }
    }
  },
};

async function stepAfter(context: CheckContext, first: Probe, steps: readonly number[]): Promise<void> {
  const { a, b, clock } = context;
  const userId = makeUserId(clock);
  const session = newSession(clock, userId);
  await a.create(session);
  clock.advance(HOUR);
  assert.equal(await first.isAlive(b, session, userId), false, `${first.name} at the idle expiry`);
  for (const step of steps) {
    clock.advance(step);
    await expectDead(context, [session.id], `${first.name} found it expired, then the clock was stepped by ${step} ms`);
    for (const probe of listProbes(context)) {
      const alive = await probe.isAlive(a, session, userId);
      assert.equal(alive, false, `${probe.name} after ${first.name} found it expired`);
    }
    await expectListed(context, userId, [], 'after the clock was stepped');
  }
}
