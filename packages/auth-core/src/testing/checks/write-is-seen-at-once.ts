// 8. An acknowledged write is there for every server.

import assert from 'node:assert/strict';
import type { Awaitable } from '../../contracts/store.ts';
import type { Check } from '../check.ts';
import { changeOf, expectListed } from '../looks.ts';
import { codeOf, type FullStore, fieldsOf, HOUR, newSession, type Scene, successorOf } from '../scene.ts';

/** ms between two looks at a store that was cut off, and how many. */
const PAUSE_MS = 5;
const LOOKS = 30;
const pause = () => new Promise((resolve) => setTimeout(resolve, PAUSE_MS));

export const writeIsSeenAtOnce: Check = {
  id: 'write-is-seen-at-once',
  invariant: 8,
  text: 'a write that was acknowledged is read at once through any instance, also one whose connection broke meanwhile',
  needs: ['shared'],
  async run(scene) {
    // Each instance reads before every write, so that one which keeps what it read shows it.
    await everyWrite(scene, scene.a, scene.b);
    await everyWrite(scene, scene.b, scene.a);
    await overALoss(scene, 0);
    await overALoss(scene, 1);
  },
};

/** The reader's connection breaks, and before it is back the session ends: what it was not told it must not answer. */
async function overALoss({ a, b, clock, opened }: Scene, instance: 0 | 1): Promise<void> {
  if (opened.abort === undefined) return;
  const [reader, writer] = instance === 0 ? [a, b] : [b, a];
  const session = newSession(clock, 'ada');
  await writer.create(session);
  for (const _ of ['from the server', 'from what was kept']) await reader.read(session.id);
  await opened.abort(instance);
  await writer.destroy(session.id);
  // From whoever answers first, and from what it kept, once it trusts that again.
  for (let looks = 0; looks < LOOKS; looks++) {
    assert.equal(await onceBack(() => reader.read(session.id)), undefined, 'what ended while an instance was cut off');
    await pause();
  }
}

/** Asks again for as long as the store is not there. */
async function onceBack<T>(ask: () => Awaitable<T>): Promise<T> {
  for (;;) {
    let answer: T | undefined;
    const code = await codeOf(async () => {
      answer = await ask();
    });
    if (code === undefined) return answer as T;
    assert.equal(code, 'ERR_STORE_UNAVAILABLE', 'a read while the connection is away');
    await pause();
  }
}

async function everyWrite(scene: Scene, writer: FullStore, reader: FullStore): Promise<void> {
  const { clock, has } = scene;
  const session = newSession(clock, 'ada');
  const next = successorOf(session.id);
  const sees = async (expected: object | undefined, id: string, write: string) => {
    for (const [store, which] of [
      [writer, 'the same'],
      [reader, 'another'],
    ] as const) {
      assert.deepEqual(fieldsOf(await store.read(id)), expected, `what ${which} instance reads after ${write}`);
    }
  };

  await sees(undefined, session.id, 'nothing');
  await writer.create(session);
  await sees({ ...session, version: 1 }, session.id, 'create');
  const change = changeOf(scene, 1);
  await writer.update(session.id, change);
  await sees({ ...session, ...change, version: 2 }, session.id, 'update');
  const idleExpiresAt = clock() + 2 * HOUR;
  await writer.touch(session.id, idleExpiresAt);
  await sees({ ...session, ...change, idleExpiresAt, version: 2 }, session.id, 'touch');
  await writer.rotate(session.id, next);
  await sees(undefined, session.id, 'rotate');
  await sees({ ...session, ...change, id: next, idleExpiresAt, version: 3 }, next, 'rotate');
  await writer.destroy(next);
  await sees(undefined, next, 'destroy');
  if (!has('userSessions')) return;
  await writer.create({ ...session, id: newSession(clock, 'ada').id });
  await expectListed(
    scene,
    'ada',
    (await writer.list('ada')).map(({ id }) => id),
    'after create',
  );
  await writer.destroyAll('ada');
  await expectListed(scene, 'ada', [], 'after destroyAll');
}
