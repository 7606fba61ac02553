// 14. Expiry is a moment, not a sweep: from then on every method answers as if the session had never existed.

import assert from 'node:assert/strict';
import type { NewSession } from '@statecraft/auth-core';
import type { Check } from '../check.ts';
import type { CheckContext } from '../context.ts';
import { expectDead } from '../expectations.ts';
import { HOUR } from '../manual-clock.ts';
import { listProbes, type Probe } from '../probes.ts';
import { makeUserId, newSession } from '../sessions.ts';

/** ms after the expiry. */
const MOMENTS = [-1_000, -1, 0, 1, 1_000];

/** The expiry that comes first, `HOUR` from now. */
const ENDS = {
  idle: (now: number) => ({ idleExpiresAt: now + HOUR }),
  absolute: (now: number) => ({ idleExpiresAt: now + 2 * HOUR, absoluteExpiresAt: now + HOUR }),
  both: (now: number) => ({ idleExpiresAt: now + HOUR, absoluteExpiresAt: now + HOUR }),
} as const satisfies Record<string, (now: number) => Partial<NewSession>>;

export const expiredIsGone: Check = {
  id: 'expired-is-gone',
  invariant: 14,
  text: 'from the ms of either expiry on, a session is gone for every method, before any sweep',
  async run(context) {
    for (const end of ['idle', 'absolute', 'both'] as const) {
      for (const ms of MOMENTS) {
        for (const probe of listProbes(context)) await probeAfterExpiry(context, end, ms, probe);
      }
    }
  },
};

async function probeAfterExpiry(
  context: CheckContext,
  end: keyof typeof ENDS,
  ms: number,
  probe: Probe,
): Promise<void> {
  const { a, b, clock } = context;
  const userId = makeUserId(clock);
  const session = newSession(clock, userId, ENDS[end](clock()));
  await a.create(session);
  clock.advance(HOUR + ms);
  const alive = await probe.isAlive(b, session, userId);
  assert.equal(alive, ms < 0, `whether ${probe.name} finds it alive ${ms} ms after the ${end} expiry`);
  if (ms >= 0) await expectDead(context, [session.id], `${ms} ms after the ${end} expiry`);
}
