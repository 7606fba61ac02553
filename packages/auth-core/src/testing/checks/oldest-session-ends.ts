// The limit of sessions per user (ASVS 7.1.2), for a store that has one.

import assert from 'node:assert/strict';
import type { NewSession } from '../../contracts/store.ts';
import type { Check } from '../check.ts';
import { everyInterleaving } from '../interleave.ts';
import { expectDead, expectListed, expectStored, firstVersion } from '../looks.ts';
import { codeOf, newSession, type Scene } from '../scene.ts';

export const oldestSessionEnds: Check = {
  id: 'oldest-session-ends',
  invariant: 'limit',
  text: "beyond maxSessionsPerUser a user's oldest session ends as the new one begins, and nobody else's",
  needs: ['userSessions'],
  async run(scene) {
    await oneBeyond(scene);
    await twoAtOnce(scene);
  },
};

async function oneBeyond(scene: Scene): Promise<void> {
  const { a, b, clock } = scene;
  const others = [newSession(clock, 'bob', { createdAt: clock() - 10 ** 6 }), newSession(clock)];
  for (const other of others) await a.create(other);
  const full = await fill(scene, 'ada');
  await expectListed(
    scene,
    'ada',
    full.map(({ id }) => id),
    'at the limit',
  );
  for (const [at, store] of [a, b].entries()) {
    const created = newSession(clock, 'ada');
    assert.equal(await codeOf(() => store.create(created)), undefined, 'create beyond the limit');
    full.push(created);
    const [ended, kept] = [full.slice(0, at + 1), full.slice(at + 1)].map((some) => some.map(({ id }) => id));
    await expectDead(scene, ended ?? [], 'the oldest session beyond the limit');
    await expectListed(scene, 'ada', kept ?? [], 'beyond the limit');
    clock.advance(1);
  }
  for (const other of others) await expectStored(scene, firstVersion(other), "somebody else's session");
}

async function twoAtOnce(scene: Scene): Promise<void> {
  const { clock } = scene;
  const userId = 'eve';
  await fill(scene, userId);
  await everyInterleaving(scene, () => {
    const [one, other] = [newSession(clock, userId), newSession(clock, userId)];
    return {
      first: (store) => store.create(one),
      second: (store) => store.create(other),
      async after() {
        const listed = (await scene.b.list(userId)).map(({ id }) => id);
        assert.equal(listed.length, scene.maxSessionsPerUser, 'sessions after two creates at the limit');
        assert.ok(listed.includes(one.id) && listed.includes(other.id), 'a new session ended instead of an old one');
        clock.advance(1);
      },
    };
  });
}

/** As many as the limit allows, each a second apart, and not created in that order. Answers the oldest first. */
async function fill({ a, clock, maxSessionsPerUser = 0 }: Scene, userId: string): Promise<NewSession[]> {
  const sessions = Array.from({ length: maxSessionsPerUser }, (_, age) =>
    newSession(clock, userId, { createdAt: clock() - 1_000 * (maxSessionsPerUser - age) }),
  );
  const [odd, even] = [1, 0].map((rest) => sessions.filter((_, at) => at % 2 === rest));
  for (const session of [...(odd ?? []).reverse(), ...(even ?? [])]) await a.create(session);
  return sessions;
}
