// What is stored, as both instances see it.

import assert from 'node:assert/strict';
import type { NewSession, SessionChange, SessionRecord } from '../contracts/store.ts';
import { fieldsOf, HOUR, type Scene } from './scene.ts';

export const firstVersion = (session: NewSession): SessionRecord => ({ ...session, version: 1 });

/** Both instances read exactly this. */
export async function expectStored({ a, b }: Scene, expected: SessionRecord, why: string): Promise<void> {
  for (const store of [a, b]) assert.deepEqual(fieldsOf(await store.read(expected.id)), fieldsOf(expected), why);
}

/** Neither instance reads any of these. */
export async function expectDead({ a, b }: Scene, ids: readonly string[], why: string): Promise<void> {
  for (const store of [a, b]) {
    for (const id of ids) assert.equal(await store.read(id), undefined, `${why}: read still answers`);
  }
}

/** The user's sessions, as both instances list them. */
export async function expectListed({ a, b, has }: Scene, userId: string, ids: readonly string[], why: string) {
  if (!has('userSessions')) return;
  for (const store of [a, b]) {
    const listed = (await store.list(userId)).map(({ id }) => id);
    assert.deepEqual(listed.sort(), [...ids].sort(), `${why}: what list answers`);
  }
}

/** A write over `version` that leaves the session an hour. */
export function changeOf({ clock }: Scene, version: number, data = '{"cart":["tea","milk"]}'): SessionChange {
  return { version, data, idleExpiresAt: clock() + HOUR };
}
