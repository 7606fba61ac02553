// 23. A call that is not answered in time may have been applied or not. It is never applied by half, and never twice.

import assert from 'node:assert/strict';
import { isDeepStrictEqual } from 'node:util';
import type { SessionRecord } from '@statecraft/auth-core';
import type { Check } from '../check.ts';
import type { CheckContext } from '../context.ts';
import { expectUnavailable, requireFaults, retryWhileUnavailable } from '../faults.ts';
import { makeChange, makeDetailsChange, makeSuccessorId, newSession, pickFields, toFirstRecord } from '../sessions.ts';

export const timeoutIsOldOrNew: Check = {
  id: 'timeout-is-old-or-new',
  invariant: 23,
  text: 'after a call has timed out, reads are old or new, never a mixture, and the call is applied once at most',
  needs: ['faults'],
  async run(context) {
    const { a, clock } = context;
    const [updated, rotated, destroyed, added] = [1, 2, 3, 4].map(() => newSession(clock)) as Four;
    for (const session of [updated, rotated, destroyed]) await a.create(session);
    const replaced = newSession(clock);
    await a.create(replaced);
    const change = makeChange(context, 1);
    const replacement = makeDetailsChange(replaced);
    const successor = makeSuccessorId(rotated.id);

    await requireFaults(context).stall();
    await Promise.all([
      expectUnavailable(context, 'update', () => a.update(updated.id, change)),
      expectUnavailable(context, 'rotate', () => a.rotate(rotated.id, successor)),
      expectUnavailable(context, 'destroy', () => a.destroy(destroyed.id)),
      expectUnavailable(context, 'create', () => a.create(added)),
      context.has('replaceDetails') &&
        expectUnavailable(context, 'replaceDetails', () => a.replaceDetails(replaced.id, replacement)),
    ]);

    const isUpdated = await expectOneOf(context, updated.id, [updated, { ...updated, ...change, version: 2 }]);
    await expectOneOf(context, replaced.id, [replaced, { ...replaced, details: replacement.to }]);
    await expectOneOf(context, destroyed.id, [destroyed, undefined]);
    await expectOneOf(context, added.id, [added, undefined]);
    const old = await expectOneOf(context, rotated.id, [rotated, undefined]);
    const next = await expectOneOf(context, successor, [{ ...rotated, id: successor, version: 2 }, undefined]);
    assert.equal(
      [old, next].filter(Boolean).length,
      1,
      'after a rotate that timed out, exactly one of both ids is valid',
    );

    const version = isUpdated?.version ?? 0;
    assert.equal(await a.update(updated.id, makeChange(context, version, '{"later":1}')), 'updated');
    await expectOneOf(context, updated.id, [{ ...updated, data: '{"later":1}', version: version + 1 }]);
  },
};

type Session = ReturnType<typeof newSession>;
type Four = [Session, Session, Session, Session];

/**
 * Both instances read the same one of these. The instance whose call timed out is first: its connection keeps order.
 */
async function expectOneOf({ a, b }: CheckContext, id: string, records: readonly Expected[]) {
  const found: (SessionRecord | undefined)[] = [];
  for (const store of [a, b]) found.push(pickFields(await retryWhileUnavailable(() => store.read(id))));
  assert.deepEqual(found[1], found[0], 'both instances read the same');
  const expected = records.map((record) => pickFields(record && { ...toFirstRecord(record), ...record }));
  assert.ok(
    expected.some((record) => isDeepStrictEqual(record, found[0])),
    `a read after a timeout returns ${JSON.stringify(found[0])}, which is neither old nor new`,
  );
  return found[0];
}

type Expected = (Session & { readonly version?: number }) | undefined;
