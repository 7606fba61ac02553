// The limit of one user's bytes, for a store that has one: each session may take an equal share of it.

import assert from 'node:assert/strict';
import type { Check } from '../check.ts';
import type { CheckContext } from '../context.ts';
import { catchCode } from '../errors.ts';
import { expectDead, expectStored } from '../expectations.ts';
import { makeChange, newSession, toFirstRecord } from '../sessions.ts';

const TOO_LARGE = 'ERR_SESSION_DATA_TOO_LARGE';

export const userBytesAreBounded: Check = {
  id: 'user-bytes-are-bounded',
  invariant: 'limit',
  text: 'data and details of a session take at most its share of maxBytesPerUser; a larger write is refused and changes nothing',
  limits: ['maxSessionsPerUser', 'maxBytesPerUser'],
  async run(context) {
    const { maxSessionsPerUser = 1, maxBytesPerUser = 0 } = context;
    const share = Math.floor(maxBytesPerUser / maxSessionsPerUser);
    for (const userId of [undefined, 'ada']) {
      for (const texts of makeTexts(share + 1)) await expectCreateRefused(context, userId, texts);
      for (const texts of makeTexts(share)) await expectCreateAccepted(context, userId, texts);
      await expectUpdatesBounded(context, userId, share);
      if (context.has('replaceDetails')) await expectDetailsBounded(context, userId, share);
    }
    await fillToLimit(context, share);
  },
};

interface Texts {
  readonly data: string;
  readonly details: string;
}

/** Texts that take so many bytes: in the data, in the details, and in characters of two bytes. */
function makeTexts(bytes: number): readonly Texts[] {
  const half = Math.floor(bytes / 2);
  return [
    { data: makeText(bytes - 2), details: '{}' },
    { data: '{}', details: makeText(bytes - 2) },
    { data: makeText(half), details: makeText(bytes - half) },
    { data: makeText(bytes - 2, 'é'), details: '{}' },
  ];
}

/** A JSON text of so many bytes in UTF-8. */
function makeText(bytes: number, character = 'x'): string {
  const repeated = character.repeat(Math.floor((bytes - 2) / Buffer.byteLength(character)));
  return `"${repeated}${'x'.repeat(bytes - 2 - Buffer.byteLength(repeated))}"`;
}

async function expectCreateRefused(context: CheckContext, userId: string | undefined, texts: Texts): Promise<void> {
  const session = newSession(context.clock, userId, texts);
  assert.equal(await catchCode(() => context.a.create(session)), TOO_LARGE, 'create of a session beyond its share');
  await expectDead(context, [session.id], 'after a create that was refused');
}

async function expectCreateAccepted(context: CheckContext, userId: string | undefined, texts: Texts): Promise<void> {
  const session = newSession(context.clock, userId, texts);
  assert.equal(await catchCode(() => context.a.create(session)), undefined, 'create of a session of exactly its share');
  await expectStored(context, toFirstRecord(session), 'a session of exactly its share');
  await context.a.destroy(session.id);
}

async function expectUpdatesBounded(context: CheckContext, userId: string | undefined, share: number): Promise<void> {
  const { a, b, clock } = context;
  const session = newSession(clock, userId);
  await a.create(session);
  const room = share - Buffer.byteLength(session.details);
  const tooLarge = [
    ...makeTexts(share + 1),
    // The details that stay count, too.
    { data: makeText(room + 1), details: undefined },
    { data: makeText(room + 1, 'é'), details: undefined },
  ];
  for (const { data, details } of tooLarge) {
    const change = { ...makeChange(context, 1, data), details };
    assert.equal(await catchCode(() => b.update(session.id, change)), TOO_LARGE, 'an update beyond the share');
    await expectStored(context, toFirstRecord(session), 'after an update that was refused');
  }
  const change = makeChange(context, 1, makeText(room));
  assert.equal(await b.update(session.id, change), 'updated', 'an update to exactly the share');
  await expectStored(context, { ...session, ...change, version: 2 }, 'after an update to exactly the share');
  await a.destroy(session.id);
}

async function expectDetailsBounded(context: CheckContext, userId: string | undefined, share: number): Promise<void> {
  const { a, b, clock } = context;
  const session = newSession(clock, userId);
  await a.create(session);
  const { id, details: from } = session;
  const room = share - Buffer.byteLength(session.data);
  for (const to of [makeText(room + 1), makeText(room + 1, 'é')]) {
    const code = await catchCode(() => b.replaceDetails(id, { from, to }));
    assert.equal(code, TOO_LARGE, 'details beyond the share');
    await expectStored(context, toFirstRecord(session), 'after a replaceDetails that was refused');
  }
  const to = makeText(room, 'é');
  assert.equal(await catchCode(() => b.replaceDetails(id, { from, to })), undefined, 'details to exactly the share');
  await expectStored(context, { ...toFirstRecord(session), details: to }, 'after details to exactly the share');
  await a.destroy(id);
}

/** No session is refused because of the user's others. */
async function fillToLimit(context: CheckContext, share: number): Promise<void> {
  const { a, clock, maxSessionsPerUser = 1 } = context;
  const sessions = Array.from({ length: maxSessionsPerUser }, () =>
    newSession(clock, 'eve', { data: makeText(share - 2), details: '{}' }),
  );
  for (const session of sessions) await a.create(session);
  for (const session of sessions) await expectStored(context, toFirstRecord(session), 'one of as many as are allowed');
}
