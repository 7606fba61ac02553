// 2. What was destroyed stays dead: a slow request that ends after sign-out signs nobody in again.

import assert from 'node:assert/strict';
import type { Awaitable, SessionRecord } from '../../contracts/store.ts';
import type { Check } from '../check.ts';
import { everyInterleaving } from '../interleave.ts';
import { type FullStore, HOUR, newSession, type Scene, successorOf } from '../scene.ts';

type Writing = (store: FullStore, session: SessionRecord) => Awaitable<unknown>;

const WRITES: readonly Writing[] = [
  (store, { id, version, idleExpiresAt }) => store.update(id, { version, data: '{}', idleExpiresAt }),
  (store, { id, idleExpiresAt }) => store.touch(id, idleExpiresAt + HOUR),
  (store, { id }) => store.rotate(id, successorOf(id)),
];

export const destroyIsFinal: Check = {
  id: 'destroy-is-final',
  invariant: 2,
  text: 'after destroy has answered, no update, touch or rotate, begun before or after it, makes read answer again',
  async run(scene) {
    for (const write of WRITES) {
      await beside(scene, write, (store, { id }) => store.destroy(id));
      if (scene.has('userSessions')) await beside(scene, write, (store) => store.destroyAll('ada'));
    }
  },
};

async function beside(scene: Scene, write: Writing, end: Writing): Promise<void> {
  await everyInterleaving(scene, async () => {
    const session = { ...newSession(scene.clock, 'ada'), version: 1 };
    await scene.a.create(session);
    return {
      first: (store) => write(store, session),
      second: (store) => end(store, session),
      async after() {
        await expectDead(scene, session.id);
        for (const late of WRITES) {
          assert.equal(await late(scene.b, session), 'gone', 'a write that began after destroy');
          await expectDead(scene, session.id);
        }
        if (scene.has('userSessions')) await scene.a.destroyAll('ada');
      },
    };
  });
}

async function expectDead({ a, b }: Scene, id: string): Promise<void> {
  for (const store of [a, b]) assert.equal(await store.read(id), undefined, 'a destroyed session answers again');
}
