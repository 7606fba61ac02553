// 12. However busy a session is, it ends.

import assert from 'node:assert/strict';
import type { Check } from '../check.ts';
import { changeOf, expectStored } from '../looks.ts';
import { HOUR, newSession } from '../scene.ts';

export const touchStopsAtAbsolute: Check = {
  id: 'touch-stops-at-absolute',
  invariant: 12,
  text: 'neither touch nor update moves the idle expiry past the absolute one, or the absolute one at all',
  async run(scene) {
    const { a, b, clock } = scene;
    const session = newSession(clock);
    const { id, absoluteExpiresAt } = session;
    const atEnd = { ...session, idleExpiresAt: absoluteExpiresAt };
    await a.create(session);
    for (const [store, beyond] of [
      [a, 1],
      [b, 1_000 * HOUR],
    ] as const) {
      assert.equal(await store.touch(id, absoluteExpiresAt + beyond), 'touched');
      await expectStored(scene, { ...atEnd, version: 1 }, `touched ${beyond} ms beyond the absolute expiry`);
    }
    const change = { ...changeOf(scene, 1), idleExpiresAt: absoluteExpiresAt + HOUR };
    assert.equal(await b.update(id, change), 'updated');
    await expectStored(scene, { ...atEnd, data: change.data, version: 2 }, 'updated beyond the absolute expiry');
  },
};
