// 25. What a server that is killed loses stays within what the store declares: writes of its last `lossAfterKill.ms`.
// A sign-out counts as a write: if it is lost, the session is back.

import assert from 'node:assert/strict';
import type { NewSession } from '@statecraft/auth-core';
import type { Check } from '../check.ts';
import type { CheckContext } from '../context.ts';
import { requireFaults, retryWhileUnavailable } from '../faults.ts';
import { newSession } from '../sessions.ts';

/** Sessions are written for this long beyond the bound, ms. */
const MORE_MS = 300;

export const lossIsBounded: Check = {
  id: 'loss-is-bounded',
  invariant: 25,
  text: 'a server that is killed after an acknowledgement loses no write, sign-outs included, beyond the declared bound',
  needs: ['faults'],
  async run(context) {
    const boundMs = context.lossAfterKillMs ?? 0;
    const loss = await measureLoss(context, boundMs + MORE_MS);
    assert.ok(loss.oldestMs <= boundMs, `${describeLoss(loss)}; the store declares ${boundMs} ms`);
  },
};

interface Write {
  readonly kind: 'create' | 'destroy';
  readonly session: NewSession;
  /** ms of the monotonic clock. */
  readonly answeredAt: number;
}

interface Loss {
  readonly writes: number;
  readonly creates: number;
  readonly destroys: number;
  /** How long before the kill the oldest of the lost writes was answered, ms; 0 if none is lost. */
  readonly oldestMs: number;
}

/** Writes sessions for `forMs`, kills the server right after an answer, starts it again, and reads all of them. */
async function measureLoss(context: CheckContext, forMs: number): Promise<Loss> {
  const { kill, restart } = requireFaults(context);
  const writes = await writeFor(context, forMs);
  const killedAt = performance.now();
  await kill();
  await restart();
  const lost: Write[] = [];
  for (const write of writes) {
    const found = await retryWhileUnavailable(() => context.b.read(write.session.id));
    if ((found === undefined) !== (write.kind === 'destroy')) lost.push(write);
  }
  const destroys = lost.filter(({ kind }) => kind === 'destroy').length;
  const oldestMs = Math.max(0, ...lost.slice(0, 1).map(({ answeredAt }) => killedAt - answeredAt));
  return { writes: writes.length, creates: lost.length - destroys, destroys, oldestMs };
}

const describeLoss = ({ writes, creates, destroys, oldestMs }: Loss) =>
  `of ${writes} writes ${creates} sessions are lost and ${destroys} sign-outs undone, answered up to ${Math.round(oldestMs)} ms before the kill`;

/** Creates sessions and destroys every second one. @returns the writes in the order of their answers */
async function writeFor({ a, clock }: CheckContext, forMs: number): Promise<Write[]> {
  const writes: Write[] = [];
  const end = performance.now() + forMs;
  for (let count = 0; performance.now() < end; count++) {
    const session = newSession(clock);
    await a.create(session);
    if (count % 2 === 0) writes.push({ kind: 'create', session, answeredAt: performance.now() });
    else {
      await a.destroy(session.id);
      writes.push({ kind: 'destroy', session, answeredAt: performance.now() });
    }
    // A store without promises must not hold the event loop.
    if (count % 100 === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  return writes;
}
