// 8. Every server can read an acknowledged write.

import assert from 'node:assert/strict';
import type { Awaitable } from '@statecraft/auth-core';
import type { Check } from '../check.ts';
import type { CheckContext } from '../context.ts';
import { catchCode } from '../errors.ts';
import { expectListed } from '../expectations.ts';
import type { FullStore } from '../harness.ts';
import { HOUR } from '../manual-clock.ts';
import { makeChange, makeDetailsChange, makeSubject, makeSuccessorId, newSession, pickFields } from '../sessions.ts';

/** ms between two reads through an instance that lost its connection, and how many. */
const PAUSE_MS = 5;
const READS = 30;
const pause = () => new Promise((resolve) => setTimeout(resolve, PAUSE_MS));

export const writeIsSeenImmediately: Check = {
  id: 'write-is-seen-immediately',
  invariant: 8,
  text: 'an acknowledged write is read immediately through any instance, even one that lost its connection meanwhile',
  needs: ['shared'],
  async run(context) {
    // Each instance reads before every write, so that one which wrongly caches what it read is found.
    await readAfterEachWrite(context, context.a, context.b);
    await readAfterEachWrite(context, context.b, context.a);
    await readAfterConnectionLoss(context, 0);
    await readAfterConnectionLoss(context, 1);
  },
};

/** The session ends while the reader has no connection: the reader must not answer from what it had cached. */
async function readAfterConnectionLoss({ a, b, clock, opened }: CheckContext, instance: 0 | 1): Promise<void> {
  if (opened.abort === undefined) return;
  const [reader, writer] = instance === 0 ? [a, b] : [b, a];
  const session = newSession(clock, 'ada');
  await writer.create(session);
  for (const _ of ['from the server', 'from a cache']) await reader.read(session.id);
  await opened.abort(instance);
  await writer.destroy(session.id);
  // The first reads come from the server, later ones from a cache that is in use again.
  for (let reads = 0; reads < READS; reads++) {
    assert.equal(
      await readWhenBack(() => reader.read(session.id)),
      undefined,
      'a session that ended while an instance had no connection',
    );
    await pause();
  }
}

/** Reads again for as long as the store is not available. */
async function readWhenBack<T>(read: () => Awaitable<T>): Promise<T> {
  for (;;) {
    let session: T | undefined;
    const code = await catchCode(async () => {
      session = await read();
    });
    if (code === undefined) return session as T;
    assert.equal(code, 'ERR_STORE_UNAVAILABLE', 'a read without a connection');
    await pause();
  }
}

async function readAfterEachWrite(context: CheckContext, writer: FullStore, reader: FullStore): Promise<void> {
  const { clock, has } = context;
  const session = newSession(clock, 'ada');
  const next = makeSuccessorId(session.id);
  const expectRead = async (expected: object | undefined, id: string, write: string) => {
    for (const [store, which] of [
      [writer, 'the same'],
      [reader, 'another'],
    ] as const) {
      assert.deepEqual(pickFields(await store.read(id)), expected, `what ${which} instance reads after ${write}`);
    }
  };

  await expectRead(undefined, session.id, 'nothing');
  await writer.create(session);
  await expectRead({ ...session, version: 1 }, session.id, 'create');
  const change = makeChange(context, 1);
  await writer.update(session.id, change);
  await expectRead({ ...session, ...change, version: 2 }, session.id, 'update');
  const idleExpiresAt = clock() + 2 * HOUR;
  await writer.touch(session.id, idleExpiresAt);
  await expectRead({ ...session, ...change, idleExpiresAt, version: 2 }, session.id, 'touch');
  const { from, to } = makeDetailsChange(session);
  const details = has('replaceDetails') ? to : from;
  if (has('replaceDetails')) await writer.replaceDetails(session.id, { from, to });
  await expectRead({ ...session, ...change, details, idleExpiresAt, version: 2 }, session.id, 'replaceDetails');
  await writer.rotate(session.id, next);
  await expectRead(undefined, session.id, 'rotate');
  await expectRead({ ...session, ...change, details, id: next, idleExpiresAt, version: 3 }, next, 'rotate');
  await writer.destroy(next);
  await expectRead(undefined, next, 'destroy');
  if (!has('userSessions')) return;
  const another = newSession(clock, 'ada');
  await writer.create(another);
  await expectListed(context, 'ada', [another.id], 'after create');
  const subject = makeSubject('ada', { roles: ['auditor'] });
  await writer.changeSubject(subject);
  await expectRead({ ...another, subject, version: 1 }, another.id, 'changeSubject');
  await writer.destroyAll('ada');
  await expectRead(undefined, another.id, 'destroyAll');
  await expectListed(context, 'ada', [], 'after destroyAll');
}
