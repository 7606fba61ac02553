// 15. Nothing stays in the server for ever, whatever happens to its writer.

import assert from 'node:assert/strict';
import type { Check } from '../check.ts';
import { changeOf } from '../looks.ts';
import { HOUR, newSession, type Scene, successorOf } from '../scene.ts';

/** ms by which a key may outlive the last session that is under it. */
const MOST_BEYOND = HOUR;

export const everyKeyHasATtl: Check = {
  id: 'every-key-has-a-ttl',
  invariant: 15,
  text: 'every key has a TTL after every write, indexes included, and outlives its sessions by an hour at most',
  needs: ['keyTtls'],
  async run(scene) {
    const { a, b, clock, has } = scene;
    for (const userId of ['ada', undefined]) {
      const session = newSession(clock, userId);
      const next = successorOf(session.id);
      const writes: [string, () => unknown][] = [
        ['create', () => a.create(session)],
        ['a second create', () => a.create(newSession(clock, userId))],
        ['update', () => b.update(session.id, changeOf(scene, 1))],
        ['touch', () => a.touch(session.id, clock() + 2 * HOUR)],
        ['rotate', () => b.rotate(session.id, next)],
        ['destroy', () => a.destroy(next)],
      ];
      for (const [write, run] of writes) {
        await run();
        await expectTtls(scene, `after ${write}`);
      }
    }
    if (!has('userSessions')) return;
    await a.list('ada');
    await a.destroyAll('ada');
    await expectTtls(scene, 'after destroyAll');
  },
};

async function expectTtls({ opened }: Scene, when: string): Promise<void> {
  assert.ok(opened.ttls, 'A store with keyTtls gives ttls().');
  for (const [key, ms] of await opened.ttls()) {
    assert.ok(ms > 0, `${when}: the key ${JSON.stringify(key)} has no TTL (${ms})`);
    assert.ok(ms <= 12 * HOUR + MOST_BEYOND, `${when}: the key ${JSON.stringify(key)} stays for ${ms} ms`);
  }
}
