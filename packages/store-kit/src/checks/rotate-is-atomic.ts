// 9. Rotate replaces the id in one step: at any moment the session is found under exactly one of the two ids.

import assert from 'node:assert/strict';
import type { Check } from '../check.ts';
import type { CheckContext } from '../context.ts';
import { catchCode } from '../errors.ts';
import { expectListed, expectStored } from '../expectations.ts';
import { startAndHold } from '../interleavings.ts';
import { makeSuccessorId, makeUserId, newSession } from '../sessions.ts';

const MAX_COMMANDS = 12;
const ABORTS = 8;
const LOOKS_AFTER_ABORT = 3;

export const rotateIsAtomic: Check = {
  id: 'rotate-is-atomic',
  invariant: 9,
  text: 'at no moment of a rotate are both ids valid, or neither, even when the process is killed halfway',
  async run(context) {
    await lookDuringRotate(context);
    if (context.raceControl === 'sync-points' && context.has('shared')) await killHalfway(context);
    if (context.opened.abort !== undefined) await loseConnections(context);
  },
};

interface Rotating {
  readonly id: string;
  readonly next: string;
  readonly userId: string;
}

async function lookDuringRotate(context: CheckContext): Promise<void> {
  // With one instance, the look itself would wait at the sync point.
  const canLook = context.has('shared') || context.raceControl !== 'sync-points';
  for (let commands = 0; commands <= MAX_COMMANDS; commands++) {
    const { session, ids } = await createOne(context);
    const rotating = await startAndHold(
      context,
      context.syncPoints[0],
      () => context.a.rotate(ids.id, ids.next),
      commands,
    );
    const { ended } = rotating;
    if (canLook) await awaitAll(startLooks(context, ids, `after ${commands} commands of a rotate`));
    if (context.raceControl === 'timing') await lookUntil(() => rotating.ended, context, ids);
    context.syncPoints[0].release();
    assert.equal(await rotating.answer, 'rotated');
    await expectStored(context, { ...session, id: ids.next, version: 2 }, 'after rotate');
    await expectListed(context, ids.userId, [ids.next], 'after rotate');
    if (ended) return;
  }
}

/** Without sync points the moment between may be short, so a new look starts at every turn of the event loop. */
async function lookUntil(hasEnded: () => boolean, context: CheckContext, ids: Rotating): Promise<void> {
  const looks: Promise<void>[] = [];
  while (!hasEnded()) {
    looks.push(...startLooks(context, ids, 'during a rotate'));
    await new Promise((resolve) => setImmediate(resolve));
  }
  await awaitAll(looks);
}

/** From the interruption on every command fails: a killed process sends no more. */
async function killHalfway(context: CheckContext): Promise<void> {
  const syncPoint = context.syncPoints[0];
  for (let commands = 0; commands <= MAX_COMMANDS; commands++) {
    const { ids } = await createOne(context);
    const rotating = await startAndHold(context, syncPoint, () => context.a.rotate(ids.id, ids.next), commands);
    if (rotating.ended) return syncPoint.release();
    while (!rotating.ended) {
      syncPoint.fail(new Error('The process was killed.'));
      syncPoint.hold(0);
      await Promise.race([rotating.answer.catch(() => undefined), syncPoint.waitUntilHeld()]);
    }
    syncPoint.release();
    await awaitAll(startLooks(context, ids, `killed after ${commands} commands of a rotate`));
  }
}

/**
 * The connection breaks while the server works: whether it rotated is unknown, but it did so completely or not at all.
 */
async function loseConnections(context: CheckContext): Promise<void> {
  for (let turns = 0; turns < ABORTS; turns++) {
    const { ids } = await createOne(context);
    const answer = catchCode(() => context.a.rotate(ids.id, ids.next));
    for (let turn = 0; turn < turns; turn++) await new Promise((resolve) => setImmediate(resolve));
    await context.opened.abort?.(0);
    await answer;
    for (let looks = 0; looks < LOOKS_AFTER_ABORT; looks++) {
      await awaitAll(startLooks(context, ids, `connection lost ${turns} turns into a rotate`));
    }
    while ((await catchCode(() => context.a.read(ids.next))) !== undefined)
      await new Promise((back) => setTimeout(back, 5));
  }
}

async function createOne({ b, clock }: CheckContext) {
  const userId = makeUserId(clock);
  const session = newSession(clock, userId);
  await b.create(session);
  return { session, ids: { id: session.id, next: makeSuccessorId(session.id), userId } };
}

/** Starts to look, in each possible way. */
function startLooks(context: CheckContext, ids: Rotating, when: string): Promise<void>[] {
  const byRead = expectOneAlive(context, ids, when);
  return context.has('userSessions') ? [byRead, expectOneListed(context, ids, when)] : [byRead];
}

async function expectOneAlive({ b }: CheckContext, { id, next }: Rotating, when: string): Promise<void> {
  // In this order, a rotate between two of the reads looks neither like "both" nor like "neither".
  const [nextBefore, old, nextAfter] = [await b.read(next), await b.read(id), await b.read(next)];
  assert.ok(!(nextBefore && old), `${when}: both ids are valid`);
  assert.ok(old || nextAfter, `${when}: neither id is valid`);
}

async function expectOneListed({ b }: CheckContext, { userId }: Rotating, when: string): Promise<void> {
  assert.equal((await b.list(userId)).length, 1, `${when}: how many sessions are listed`);
}

async function awaitAll(looks: readonly Promise<void>[]): Promise<void> {
  for (const look of await Promise.allSettled(looks)) if (look.status === 'rejected') throw look.reason;
}
