// 13. A touch writes one time and nothing else.

import assert from 'node:assert/strict';
import type { Check } from '../check.ts';
import type { CheckContext } from '../context.ts';
import { expectStored } from '../expectations.ts';
import { runInterleavings } from '../interleavings.ts';
import { HOUR } from '../manual-clock.ts';
import { makeChange, newSession } from '../sessions.ts';

export const touchKeepsData: Check = {
  id: 'touch-keeps-data',
  invariant: 13,
  text: 'touch never rolls back data, version or idle expiry, whatever is written beside it',
  async run(context) {
    await touchAfterUpdate(context);
    await raceUpdate(context);
    await touchBackwards(context);
  },
};

async function touchAfterUpdate(context: CheckContext): Promise<void> {
  const { a, b, clock } = context;
  const session = newSession(clock);
  await a.create(session);
  await a.read(session.id);
  const change = makeChange(context, 1);
  await b.update(session.id, change);
  const idleExpiresAt = clock() + 2 * HOUR;
  assert.equal(await a.touch(session.id, idleExpiresAt), 'touched');
  await expectStored(
    context,
    { ...session, ...change, version: 2, idleExpiresAt },
    'touched after an update elsewhere',
  );
}

async function raceUpdate(context: CheckContext): Promise<void> {
  await runInterleavings(context, async () => {
    const session = newSession(context.clock);
    const change = makeChange(context, 1);
    await context.a.create(session);
    return {
      first: (store) => store.touch(session.id, context.clock() + 2 * HOUR),
      second: (store) => store.update(session.id, change),
      async after(touched, updated) {
        assert.deepEqual([touched, updated], ['touched', 'updated'], 'touch beside update');
        for (const store of [context.a, context.b]) {
          const { data, version } = (await store.read(session.id)) ?? {};
          assert.deepEqual({ data, version }, { data: change.data, version: 2 }, 'after touch beside update');
        }
      },
    };
  });
}

async function touchBackwards(context: CheckContext): Promise<void> {
  const { a, b, clock } = context;
  const session = newSession(clock);
  await a.create(session);
  for (const ms of [HOUR - 1, 1, 0, -HOUR]) {
    assert.equal(await b.touch(session.id, clock() + ms), 'touched');
    await expectStored(context, { ...session, version: 1 }, `touched with an expiry ${HOUR - ms} ms earlier`);
  }
}
