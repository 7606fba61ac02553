// 15. Nothing stays in the server for ever, whatever happens to the process that wrote it.

import assert from 'node:assert/strict';
import type { Check } from '../check.ts';
import type { CheckContext } from '../context.ts';
import { HOUR } from '../manual-clock.ts';
import { makeChange, makeDetailsChange, makeSubject, makeSuccessorId, newSession } from '../sessions.ts';

/** ms by which a key may outlive its last session. */
const MAX_EXTRA = HOUR;

export const everyKeyHasATtl: Check = {
  id: 'every-key-has-a-ttl',
  invariant: 15,
  text: 'every key, indexes included, has a TTL after every write, and outlives its sessions by an hour at most',
  needs: ['keyTtls'],
  async run(context) {
    const { a, b, clock, has } = context;
    for (const userId of ['ada', undefined]) {
      const session = newSession(clock, userId);
      const next = makeSuccessorId(session.id);
      const writes: [string, () => unknown][] = [
        ['create', () => a.create(session)],
        ['a second create', () => a.create(newSession(clock, userId))],
        ['update', () => b.update(session.id, makeChange(context, 1))],
        ['touch', () => a.touch(session.id, clock() + 2 * HOUR)],
        ['rotate', () => b.rotate(session.id, next)],
        ['destroy', () => a.destroy(next)],
      ];
      if (has('replaceDetails')) {
        writes.splice(3, 0, ['replaceDetails', () => a.replaceDetails(session.id, makeDetailsChange(session))]);
      }
      for (const [write, run] of writes) {
        await run();
        await expectTtls(context, `after ${write}`);
      }
    }
    if (!has('userSessions')) return;
    await a.list('ada');
    await b.changeSubject(makeSubject('ada', { roles: [] }));
    await expectTtls(context, 'after changeSubject');
    await a.destroyAll('ada');
    await expectTtls(context, 'after destroyAll');
  },
};

async function expectTtls({ opened }: CheckContext, when: string): Promise<void> {
  assert.ok(opened.ttls, "open() must return ttls(), unless the harness has without: ['keyTtls'].");
  for (const [key, ms] of await opened.ttls()) {
    assert.ok(ms > 0, `${when}: the key ${JSON.stringify(key)} has no TTL (${ms})`);
    assert.ok(ms <= 12 * HOUR + MAX_EXTRA, `${when}: the key ${JSON.stringify(key)} stays for ${ms} ms`);
  }
}
