// 7. Time goes one way: whoever has read a version reads no older one, wherever they ask.

import assert from 'node:assert/strict';
import type { SessionStore } from '../../contracts/store.ts';
import type { Check } from '../check.ts';
import { everyInterleaving } from '../interleave.ts';
import { changeOf } from '../looks.ts';
import { HOUR, newSession, type Scene, successorOf } from '../scene.ts';

export const versionsRise: Check = {
  id: 'versions-rise',
  invariant: 7,
  text: 'versions rise by one at each update and rotate, and reads never go backwards, across instances',
  async run(scene) {
    await byOneAtEachWrite(scene);
    await neverBackwards(scene);
  },
};

async function byOneAtEachWrite(scene: Scene): Promise<void> {
  const { a, b, clock } = scene;
  let { id } = newSession(clock);
  await a.create({ ...newSession(clock), id });
  let version = 1;
  for (const [writer, reader] of [...Array(3).fill([a, b]), ...Array(3).fill([b, a])] as [
    SessionStore,
    SessionStore,
  ][]) {
    const next = successorOf(id);
    await writer.touch(id, clock() + 2 * HOUR);
    assert.equal((await reader.read(id))?.version, version, 'the version after touch');
    assert.equal(await writer.update(id, changeOf(scene, version)), 'updated');
    assert.equal((await reader.read(id))?.version, ++version, 'the version after update');
    assert.equal(await writer.rotate(id, next), 'rotated');
    assert.equal((await reader.read(next))?.version, ++version, 'the version after rotate');
    id = next;
  }
}

async function neverBackwards(scene: Scene): Promise<void> {
  await everyInterleaving(scene, async () => {
    const { id } = newSession(scene.clock);
    await scene.a.create({ ...newSession(scene.clock), id });
    const seen: (number | undefined)[] = [];
    const look = async (store: SessionStore) => seen.push((await store.read(id))?.version);
    return {
      first: (store) => store.update(id, changeOf(scene, 1)),
      async second(store) {
        for (let reads = 0; reads < 3; reads++) await look(store);
      },
      async after() {
        for (const store of [scene.a, scene.b, scene.a]) await look(store);
        assert.deepEqual(seen, [...seen].sort(), 'the versions that were read, in order');
        assert.equal(seen.at(-1), 2, 'the version after the update was acknowledged');
      },
    };
  });
}
