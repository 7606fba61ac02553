// 5. When two servers add to one session, both additions are kept.

import assert from 'node:assert/strict';
import type { Check } from '../check.ts';
import type { CheckContext } from '../context.ts';
import type { FullStore } from '../harness.ts';
import { runInterleavings } from '../interleavings.ts';
import { makeChange, newSession } from '../sessions.ts';

const INCREMENTS = 24;
const MAX_TRIES = 1_000;

export const noLostUpdate: Check = {
  id: 'no-lost-update',
  invariant: 5,
  text: 'N concurrent increments through read, update and retry end at N',
  async run(context) {
    await interleaveTwo(context);
    await runMany(context);
  },
};

async function interleaveTwo(context: CheckContext): Promise<void> {
  await runInterleavings(context, async () => {
    const { id } = await createCounter(context);
    return {
      first: (store) => increment(context, store, id),
      second: (store) => increment(context, store, id),
      after: () => expectCount(context, id, 2),
    };
  });
}

async function runMany(context: CheckContext): Promise<void> {
  const { id } = await createCounter(context);
  const stores = Array.from({ length: INCREMENTS }, (_, i) => (i % 2 ? context.a : context.b));
  await Promise.all(stores.map((store) => increment(context, store, id)));
  await expectCount(context, id, INCREMENTS);
}

async function createCounter({ a, clock }: CheckContext) {
  const session = newSession(clock, undefined, { data: '0' });
  await a.create(session);
  return session;
}

async function increment(context: CheckContext, store: FullStore, id: string): Promise<void> {
  for (let tries = 0; tries < MAX_TRIES; tries++) {
    const session = await store.read(id);
    assert.ok(session, 'the counting session is gone');
    const change = makeChange(context, session.version, String(Number(session.data) + 1));
    if ((await store.update(id, change)) === 'updated') return;
  }
  assert.fail(`an update answered conflict ${MAX_TRIES} times`);
}

async function expectCount({ a, b }: CheckContext, id: string, count: number): Promise<void> {
  for (const store of [a, b]) {
    const { data, version } = (await store.read(id)) ?? {};
    assert.deepEqual({ data, version }, { data: String(count), version: count + 1 }, `${count} increments`);
  }
}
