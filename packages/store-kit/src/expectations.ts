// What is stored, as both instances read it.

import assert from 'node:assert/strict';
import type { SessionRecord } from '@statecraft/auth-core';
import type { CheckContext } from './context.ts';
import { pickFields } from './sessions.ts';

/** Both instances read exactly this record. */
export async function expectStored({ a, b }: CheckContext, expected: SessionRecord, when: string): Promise<void> {
  for (const store of [a, b]) assert.deepEqual(pickFields(await store.read(expected.id)), pickFields(expected), when);
}

/** Neither instance reads any of these. */
export async function expectDead({ a, b }: CheckContext, ids: readonly string[], when: string): Promise<void> {
  for (const store of [a, b]) {
    for (const id of ids) assert.equal(await store.read(id), undefined, `${when}: read still returns a session`);
  }
}

/** Both instances list exactly these sessions of the user, in any order. */
export async function expectListed(context: CheckContext, userId: string, ids: readonly string[], when: string) {
  if (!context.has('userSessions')) return;
  for (const store of [context.a, context.b]) {
    const listed = (await store.list(userId)).map(({ id }) => id);
    assert.deepEqual(listed.sort(), [...ids].sort(), `${when}: what list returns`);
  }
}
