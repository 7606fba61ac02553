// 6. A version is replaced once.

import assert from 'node:assert/strict';
import type { Check } from '../check.ts';
import type { CheckContext } from '../context.ts';
import { expectStored } from '../expectations.ts';
import { runInterleavings } from '../interleavings.ts';
import { makeChange, newSession, toFirstRecord } from '../sessions.ts';

export const oneUpdatePerVersion: Check = {
  id: 'one-update-per-version',
  invariant: 6,
  text: 'of two updates from one version exactly one is acknowledged and stored; the other answers conflict',
  async run(context) {
    await refuseOtherVersions(context);
    await raceTwoUpdates(context);
  },
};

async function raceTwoUpdates(context: CheckContext): Promise<void> {
  await runInterleavings(context, async () => {
    const session = newSession(context.clock);
    const [one, other] = [makeChange(context, 1, '"one"'), makeChange(context, 1, '"other"')];
    await context.a.create(session);
    return {
      first: (store) => store.update(session.id, one),
      second: (store) => store.update(session.id, other),
      async after(first, second) {
        assert.deepEqual([first, second].sort(), ['conflict', 'updated'], 'two updates of one version');
        const won = first === 'updated' ? one : other;
        await expectStored(context, { ...session, ...won, version: 2 }, 'the update that was acknowledged');
      },
    };
  });
}

async function refuseOtherVersions(context: CheckContext): Promise<void> {
  const session = newSession(context.clock);
  await context.a.create(session);
  for (const version of [0, 2, 3, -1, 1.5]) {
    assert.equal(
      await context.b.update(session.id, makeChange(context, version)),
      'conflict',
      `update over ${version} of 1`,
    );
    await expectStored(context, toFirstRecord(session), 'after a conflict');
  }
}
