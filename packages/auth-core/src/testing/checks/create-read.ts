// 1. What was created is read back equal; an id is given once.

import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { Check } from '../check.ts';
import { everyInterleaving } from '../interleave.ts';
import { codeOf, fieldsOf, newSession, type Scene } from '../scene.ts';

export const createRead: Check = {
  id: 'create-read',
  invariant: 1,
  text: 'create, then read, gives an equal record from any instance; an id that is taken is refused',
  async run(scene) {
    await equalFromAnyInstance(scene);
    await takenIsRefused(scene);
    await oneOfTwoCreates(scene);
  },
};

async function equalFromAnyInstance({ a, b, clock, runs, seed }: Scene): Promise<void> {
  const ms = fc.integer({ min: 1, max: 10 ** 10 });
  const session = fc.record({
    userId: fc.option(fc.string({ unit: 'binary' }), { nil: undefined }),
    data: fc.json({ stringUnit: 'binary' }),
    idle: ms,
    absolute: ms,
    age: fc.nat(10 ** 9),
  });
  const property = fc.asyncProperty(session, async ({ userId, data, idle, absolute, age }) => {
    const now = clock();
    const times = {
      createdAt: now - age,
      idleExpiresAt: now + idle,
      absoluteExpiresAt: now + Math.max(idle, absolute),
    };
    const created = newSession(clock, userId, { data, ...times });
    await a.create(created);
    for (const store of [a, b]) assert.deepEqual(fieldsOf(await store.read(created.id)), { ...created, version: 1 });
    await a.destroy(created.id);
  });
  await fc.assert(property, { seed, numRuns: runs });
}

async function takenIsRefused({ a, b, clock }: Scene): Promise<void> {
  const session = newSession(clock, 'ada');
  await a.create(session);
  for (const store of [a, b]) {
    const code = await codeOf(() => store.create({ ...session, data: '{"other":true}' }));
    assert.equal(code, 'ERR_SESSION_EXISTS', 'create of an id that is taken');
    assert.deepEqual(fieldsOf(await b.read(session.id)), { ...session, version: 1 });
  }
}

async function oneOfTwoCreates(scene: Scene): Promise<void> {
  await everyInterleaving(scene, () => {
    const [one, two] = [newSession(scene.clock, 'ada'), newSession(scene.clock, 'ada', { data: '{"other":true}' })];
    const rival = { ...two, id: one.id };
    return {
      first: (store) => codeOf(() => store.create(one)),
      second: (store) => codeOf(() => store.create(rival)),
      async after(first, second) {
        const winner = first === undefined ? one : rival;
        assert.deepEqual([first, second].sort(), ['ERR_SESSION_EXISTS', undefined], 'two creates of one id');
        assert.deepEqual(fieldsOf(await scene.b.read(one.id)), { ...winner, version: 1 });
        await scene.a.destroy(one.id);
      },
    };
  });
}
