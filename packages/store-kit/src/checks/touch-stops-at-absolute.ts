// 12. A session ends at its absolute expiry, however much it is used.

import assert from 'node:assert/strict';
import type { Check } from '../check.ts';
import { expectStored } from '../expectations.ts';
import { HOUR } from '../manual-clock.ts';
import { makeChange, newSession } from '../sessions.ts';

export const touchStopsAtAbsolute: Check = {
  id: 'touch-stops-at-absolute',
  invariant: 12,
  text: 'neither touch nor update moves the idle expiry past the absolute one, or moves the absolute one at all',
  async run(context) {
    const { a, b, clock } = context;
    const session = newSession(clock);
    const { id, absoluteExpiresAt } = session;
    const atEnd = { ...session, idleExpiresAt: absoluteExpiresAt };
    await a.create(session);
    for (const [store, beyond] of [
      [a, 1],
      [b, 1_000 * HOUR],
    ] as const) {
      assert.equal(await store.touch(id, absoluteExpiresAt + beyond), 'touched');
      await expectStored(context, { ...atEnd, version: 1 }, `touched ${beyond} ms beyond the absolute expiry`);
    }
    const change = { ...makeChange(context, 1), idleExpiresAt: absoluteExpiresAt + HOUR };
    assert.equal(await b.update(id, change), 'updated');
    await expectStored(context, { ...atEnd, data: change.data, version: 2 }, 'updated beyond the absolute expiry');
  },
};
