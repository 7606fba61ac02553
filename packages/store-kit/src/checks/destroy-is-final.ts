// 2. A destroyed session stays dead: a slow request that ends after sign-out does not sign the user in again.

import assert from 'node:assert/strict';
import type { Awaitable, SessionRecord } from '@statecraft/auth-core';
import type { Check } from '../check.ts';
import type { CheckContext } from '../context.ts';
import type { FullStore } from '../harness.ts';
import { runInterleavings } from '../interleavings.ts';
import { HOUR } from '../manual-clock.ts';
import { makeSuccessorId, newSession } from '../sessions.ts';

type Operation = (store: FullStore, session: SessionRecord) => Awaitable<unknown>;

const WRITES: readonly Operation[] = [
  (store, { id, version, idleExpiresAt }) => store.update(id, { version, data: '{}', idleExpiresAt }),
  (store, { id, idleExpiresAt }) => store.touch(id, idleExpiresAt + HOUR),
  (store, { id }) => store.rotate(id, makeSuccessorId(id)),
];

export const destroyIsFinal: Check = {
  id: 'destroy-is-final',
  invariant: 2,
  text: 'after destroy has answered, no update, touch or rotate that began before or after it brings the session back',
  async run(context) {
    for (const write of WRITES) {
      await race(context, write, (store, { id }) => store.destroy(id));
      if (context.has('userSessions')) await race(context, write, (store) => store.destroyAll('ada'));
    }
  },
};

async function race(context: CheckContext, write: Operation, end: Operation): Promise<void> {
  await runInterleavings(context, async () => {
    const session = { ...newSession(context.clock, 'ada'), version: 1 };
    await context.a.create(session);
    return {
      first: (store) => write(store, session),
      second: (store) => end(store, session),
      async after() {
        await expectDead(context, session.id);
        for (const late of WRITES) {
          assert.equal(await late(context.b, session), 'gone', 'a write that began after destroy');
          await expectDead(context, session.id);
        }
        if (context.has('userSessions')) await context.a.destroyAll('ada');
      },
    };
  });
}

async function expectDead({ a, b }: CheckContext, id: string): Promise<void> {
  for (const store of [a, b]) assert.equal(await store.read(id), undefined, 'read returns a destroyed session');
}
