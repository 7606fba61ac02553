// 8. An acknowledged write is there for every server.

import assert from 'node:assert/strict';
import type { Check } from '../check.ts';
import { changeOf, expectListed } from '../looks.ts';
import { type FullStore, fieldsOf, HOUR, newSession, type Scene, successorOf } from '../scene.ts';

export const writeIsSeenAtOnce: Check = {
  id: 'write-is-seen-at-once',
  invariant: 8,
  text: 'a write that was acknowledged is read at once through another instance',
  needs: ['shared'],
  async run(scene) {
    // Each instance reads before every write, so that one which keeps what it read shows it.
    await everyWrite(scene, scene.a, scene.b);
    await everyWrite(scene, scene.b, scene.a);
  },
};

async function everyWrite(scene: Scene, writer: FullStore, reader: FullStore): Promise<void> {
  const { clock, has } = scene;
  const session = newSession(clock, 'ada');
  const next = successorOf(session.id);
  const sees = async (expected: object | undefined, id: string, write: string) =>
    assert.deepEqual(fieldsOf(await reader.read(id)), expected, `what another instance reads after ${write}`);

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
