// 32. A damaged record is an error of its own, neither a session nor "not there"; and it can be removed.

import assert from 'node:assert/strict';
import type { NewSession } from '@statecraft/auth-core';
import type { Check } from '../check.ts';
import type { CheckContext } from '../context.ts';
import { catchCode } from '../errors.ts';
import { expectDead, expectListed, expectStored } from '../expectations.ts';
import { makeUserId, newSession, toFirstRecord } from '../sessions.ts';

export const unreadableIsRefused: Check = {
  id: 'unreadable-is-refused',
  invariant: 32,
  text: 'read of a damaged record throws ERR_SESSION_UNREADABLE, list skips it, destroy and destroyAll remove it',
  needs: ['corrupt'],
  async run(context) {
    await destroyDamaged(context);
    if (context.has('userSessions')) await destroyAllDamaged(context);
  },
};

async function destroyDamaged(context: CheckContext): Promise<void> {
  for (const store of [context.a, context.b]) {
    const { damaged, intact, userId } = await createDamaged(context);
    await expectSkipped(context, userId, intact);
    await store.destroy(damaged.id);
    await expectRemoved(context, damaged.id, 'after destroy of a damaged record');
    await expectStored(context, toFirstRecord(intact), 'after destroy of a damaged record, another session');
  }
}

async function destroyAllDamaged(context: CheckContext): Promise<void> {
  const { damaged, intact, userId } = await createDamaged(context);
  await context.b.destroyAll(userId);
  for (const { id } of [damaged, intact]) await expectRemoved(context, id, 'after destroyAll with a damaged record');
}

async function createDamaged(context: CheckContext) {
  const { a, b, clock, opened } = context;
  assert.ok(opened.corrupt, "open() must return corrupt(), unless the harness has without: ['corrupt'].");
  const userId = makeUserId(clock);
  const [damaged, intact] = [newSession(clock, userId), newSession(clock, userId)] as [NewSession, NewSession];
  for (const session of [damaged, intact]) await a.create(session);
  await opened.corrupt(damaged.id);
  for (const store of [a, b]) {
    const code = await catchCode(() => store.read(damaged.id));
    assert.equal(code, 'ERR_SESSION_UNREADABLE', 'read of a damaged record');
  }
  await expectStored(context, toFirstRecord(intact), 'a session beside a damaged record');
  return { damaged, intact, userId };
}

async function expectSkipped(context: CheckContext, userId: string, intact: NewSession): Promise<void> {
  if (!context.has('userSessions')) return;
  for (const store of [context.a, context.b]) {
    assert.equal(await catchCode(() => store.list(userId)), undefined, 'list beside a damaged record');
  }
  await expectListed(context, userId, [intact.id], 'beside a damaged record');
}

/** Reads with a code first, because a read of a record that is still there throws. */
async function expectRemoved(context: CheckContext, id: string, when: string): Promise<void> {
  for (const store of [context.a, context.b]) assert.equal(await catchCode(() => store.read(id)), undefined, when);
  await expectDead(context, [id], when);
}
