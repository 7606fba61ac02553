// 7. After a version was read, no instance reads an older one.

import assert from 'node:assert/strict';
import type { SessionStore } from '@statecraft/auth-core';
import type { Check } from '../check.ts';
import type { CheckContext } from '../context.ts';
import { runInterleavings } from '../interleavings.ts';
import { HOUR } from '../manual-clock.ts';
import { makeChange, makeSuccessorId, newSession } from '../sessions.ts';

export const versionsRise: Check = {
  id: 'versions-rise',
  invariant: 7,
  text: 'versions rise by one at each update and rotate, and reads never go backwards, across instances',
  async run(context) {
    await riseByOne(context);
    await readDuringUpdate(context);
  },
};

async function riseByOne(context: CheckContext): Promise<void> {
  const { a, b, clock } = context;
  let { id } = newSession(clock);
  await a.create({ ...newSession(clock), id });
  let version = 1;
  for (const [writer, reader] of [...Array(3).fill([a, b]), ...Array(3).fill([b, a])] as [
    SessionStore,
    SessionStore,
  ][]) {
    const next = makeSuccessorId(id);
    await writer.touch(id, clock() + 2 * HOUR);
    assert.equal((await reader.read(id))?.version, version, 'the version after touch');
    assert.equal(await writer.update(id, makeChange(context, version)), 'updated');
    assert.equal((await reader.read(id))?.version, ++version, 'the version after update');
    assert.equal(await writer.rotate(id, next), 'rotated');
    assert.equal((await reader.read(next))?.version, ++version, 'the version after rotate');
    id = next;
  }
}

async function readDuringUpdate(context: CheckContext): Promise<void> {
  await runInterleavings(context, async () => {
    const { id } = newSession(context.clock);
    await context.a.create({ ...newSession(context.clock), id });
    const seen: (number | undefined)[] = [];
    const look = async (store: SessionStore) => seen.push((await store.read(id))?.version);
    return {
      first: (store) => store.update(id, makeChange(context, 1)),
      async second(store) {
        for (let reads = 0; reads < 3; reads++) await look(store);
      },
      async after() {
        for (const store of [context.a, context.b, context.a]) await look(store);
        assert.deepEqual(seen, [...seen].sort(), 'the versions that were read, in order');
        assert.equal(seen.at(-1), 2, 'the version after the update was acknowledged');
      },
    };
  });
}
