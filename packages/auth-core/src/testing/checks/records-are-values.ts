// 20. Records are values: what a caller does with one, before or after, is the caller's own business.

import assert from 'node:assert/strict';
import type { SessionRecord } from '../../contracts/store.ts';
import type { Check } from '../check.ts';
import { expectListed, expectStored } from '../looks.ts';
import { fieldsOf, HOUR, newSession, type Scene } from '../scene.ts';

export const recordsAreValues: Check = {
  id: 'records-are-values',
  invariant: 20,
  text: 'changing what was given to a method, or what one returned, changes nothing that is stored, nor the other way round',
  async run(scene) {
    await givenIsNotKept(scene);
    await returnedIsNotKept(scene);
    await returnedDoesNotChange(scene);
  },
};

async function givenIsNotKept(scene: Scene): Promise<void> {
  const { a, clock } = scene;
  const session = { ...newSession(clock, 'ada') };
  const change = { version: 1, data: '{"cart":[]}', idleExpiresAt: clock() + 2 * HOUR };
  const { id } = session;
  const expected = { ...session, version: 1 };
  await a.create(session);
  vandalise(session);
  await expectStored(scene, expected, 'after the object that create was given changed');
  const updated = { ...expected, ...change, version: 2 };
  await a.update(id, change);
  vandalise(change);
  await expectStored(scene, updated, 'after the object that update was given changed');
  await expectListed(scene, 'ada', [id], 'after the objects changed');
}

async function returnedIsNotKept(scene: Scene): Promise<void> {
  const { a, b, clock, has } = scene;
  const session = newSession(clock, 'bob');
  const expected = { ...session, version: 1 };
  await a.create(session);
  for (const store of [a, b]) {
    vandalise(await store.read(session.id));
    await expectStored(scene, expected, 'after what read returned was changed');
    if (!has('userSessions')) continue;
    const listed = await store.list('bob');
    for (const record of listed) vandalise(record);
    attempt(() => (listed as SessionRecord[]).splice(0));
    await expectStored(scene, expected, 'after what list returned was changed');
    await expectListed(scene, 'bob', [session.id], 'after what list returned was changed');
  }
}

async function returnedDoesNotChange({ a, b, clock }: Scene): Promise<void> {
  const session = newSession(clock);
  await a.create(session);
  const before = await a.read(session.id);
  await b.touch(session.id, clock() + 2 * HOUR);
  await a.update(session.id, { version: 1, data: '"changed"', idleExpiresAt: clock() + 2 * HOUR });
  assert.deepEqual(fieldsOf(before), { ...session, version: 1 }, 'what read returned, after later writes');
}

/** Overwrites and deletes every field; a frozen object refuses, and that is as good. */
function vandalise(record: object | undefined): void {
  for (const field of Object.keys(record ?? {})) {
    attempt(() => Object.assign(record ?? {}, { [field]: field === 'data' ? '"stolen"' : 7 }));
    attempt(() => Reflect.deleteProperty(record ?? {}, field));
  }
}

function attempt(change: () => unknown): void {
  try {
    change();
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
  }
}
