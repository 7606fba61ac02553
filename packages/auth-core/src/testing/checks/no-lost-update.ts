// 5. What two servers add to one session is both there.

import assert from 'node:assert/strict';
import type { Check } from '../check.ts';
import { everyInterleaving } from '../interleave.ts';
import { changeOf } from '../looks.ts';
import { type FullStore, newSession, type Scene } from '../scene.ts';

const INCREMENTS = 24;
const MOST_TRIES = 1_000;

export const noLostUpdate: Check = {
  id: 'no-lost-update',
  invariant: 5,
  text: 'N concurrent increments through read, update and retry end at N',
  async run(scene) {
    await twoCutIntoEachOther(scene);
    await manyAtOnce(scene);
  },
};

async function twoCutIntoEachOther(scene: Scene): Promise<void> {
  await everyInterleaving(scene, async () => {
    const { id } = await createCounter(scene);
    return {
      first: (store) => increment(scene, store, id),
      second: (store) => increment(scene, store, id),
      after: () => expectCount(scene, id, 2),
    };
  });
}

async function manyAtOnce(scene: Scene): Promise<void> {
  const { id } = await createCounter(scene);
  const stores = Array.from({ length: INCREMENTS }, (_, i) => (i % 2 ? scene.a : scene.b));
  await Promise.all(stores.map((store) => increment(scene, store, id)));
  await expectCount(scene, id, INCREMENTS);
}

async function createCounter({ a, clock }: Scene) {
  const session = newSession(clock, undefined, { data: '0' });
  await a.create(session);
  return session;
}

async function increment(scene: Scene, store: FullStore, id: string): Promise<void> {
  for (let tries = 0; tries < MOST_TRIES; tries++) {
    const session = await store.read(id);
    assert.ok(session, 'the session that is counted in is gone');
    const change = changeOf(scene, session.version, String(Number(session.data) + 1));
    if ((await store.update(id, change)) === 'updated') return;
  }
  assert.fail(`an update met a conflict ${MOST_TRIES} times`);
}

async function expectCount({ a, b }: Scene, id: string, count: number): Promise<void> {
  for (const store of [a, b]) {
    const { data, version } = (await store.read(id)) ?? {};
    assert.deepEqual({ data, version }, { data: String(count), version: count + 1 }, `${count} increments`);
  }
}
