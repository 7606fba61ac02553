// 19. A user id is the user's whole name, not a pattern, a prefix or a command.

import assert from 'node:assert/strict';
import type { NewSession } from '../../contracts/store.ts';
import type { Check } from '../check.ts';
import { HOSTILE_TEXTS, shown } from '../hostile.ts';
import { expectListed, expectStored, firstVersion } from '../looks.ts';
import { codeOf, newSession, type Scene } from '../scene.ts';

export const hostileUserIds: Check = {
  id: 'hostile-user-ids',
  invariant: 19,
  text: "a user id of any text, a megabyte long too, is refused with a code or reaches no other user's sessions",
  async run(scene) {
    const { a, b, clock } = scene;
    const victims = [newSession(clock, 'ada'), newSession(clock, 'bob'), newSession(clock)];
    for (const victim of victims) await a.create(victim);
    const kept = new Map<string, NewSession>();
    for (const userId of HOSTILE_TEXTS) {
      const session = newSession(clock, userId);
      const code = await codeOf(() => a.create(session));
      if (code === undefined) kept.set(userId, session);
      if (scene.has('userSessions')) {
        const listed = (await b.list(userId)).map(({ id }) => id);
        assert.deepEqual(listed, code === undefined ? [session.id] : [], `sessions of the user ${shown(userId)}`);
      }
    }
    // All at once, so that two of them that the store takes for one show.
    for (const [userId, session] of kept) await expectStored(scene, firstVersion(session), `of ${shown(userId)}`);
    await expectStoredAll(scene, victims);
    if (scene.has('userSessions')) await endEach(scene, kept, victims);
  },
};

async function endEach(scene: Scene, kept: Map<string, NewSession>, victims: readonly NewSession[]): Promise<void> {
  const { a } = scene;
  for (const userId of HOSTILE_TEXTS) {
    const ended = await a.destroyAll(userId);
    assert.equal(ended, kept.has(userId) ? 1 : 0, `destroyAll of the user ${shown(userId)}`);
    kept.delete(userId);
    await expectListed(scene, userId, [], `after destroyAll of ${shown(userId)}`);
  }
  for (const [userId, session] of kept) await expectStored(scene, firstVersion(session), `of ${shown(userId)}`);
  await expectStoredAll(scene, victims);
}

async function expectStoredAll(scene: Scene, sessions: readonly NewSession[]): Promise<void> {
  for (const session of sessions) await expectStored(scene, firstVersion(session), 'the session of somebody else');
  await expectListed(scene, 'ada', [sessions[0]?.id ?? ''], 'the sessions of somebody else');
}
