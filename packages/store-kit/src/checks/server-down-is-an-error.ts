// 24. A server that is down is an error, never "not there": otherwise an outage would sign users out.

import assert from 'node:assert/strict';
import type { Check } from '../check.ts';
import type { CheckContext } from '../context.ts';
import { expectUnavailable, requireFaults, retryWhileUnavailable } from '../faults.ts';
import type { FullStore } from '../harness.ts';
import {
  makeChange,
  makeSubject,
  makeSuccessorId,
  makeUserId,
  newSession,
  pickFields,
  toFirstRecord,
} from '../sessions.ts';

export const serverDownIsAnError: Check = {
  id: 'server-down-is-an-error',
  invariant: 24,
  text: 'while the server is down every method throws ERR_STORE_UNAVAILABLE in time; the store recovers by itself',
  needs: ['faults'],
  async run(context) {
    const { a, b, clock } = context;
    const { kill, restart } = requireFaults(context);
    const userId = makeUserId(clock);
    const session = newSession(clock, userId);
    await a.create(session);
    await kill();
    for (const store of [a, b])
      for (const [name, call] of listCalls(context, store, session.id, userId))
        await expectUnavailable(context, name, call);
    await restart();
    for (const store of [a, b]) {
      const created = await retryWhileUnavailable(async () => {
        const next = newSession(clock);
        await store.create(next);
        return next;
      });
      assert.deepEqual(
        pickFields(await store.read(created.id)),
        toFirstRecord(created),
        'after the server has come back',
      );
    }
  },
};

type Calls = [name: string, call: () => unknown][];

function listCalls(context: CheckContext, store: FullStore, id: string, userId: string): Calls {
  const { clock } = context;
  const calls: Calls = [
    ['read', () => store.read(id)],
    ['create', () => store.create(newSession(clock, userId))],
    ['update', () => store.update(id, makeChange(context, 1))],
    ['touch', () => store.touch(id, clock() + 1)],
    ['rotate', () => store.rotate(id, makeSuccessorId(id))],
    ['destroy', () => store.destroy(id)],
  ];
  if (context.has('replaceDetails')) {
    calls.push(['replaceDetails', () => store.replaceDetails(id, { from: '{}', to: '{"later":1}' })]);
  }
  if (!context.has('userSessions')) return calls;
  return [
    ...calls,
    ['list', () => store.list(userId)],
    ['destroyAll', () => store.destroyAll(userId)],
    ['changeSubject', () => store.changeSubject(makeSubject(userId))],
  ];
}
