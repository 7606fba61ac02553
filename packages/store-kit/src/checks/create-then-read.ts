// 1. What was created is read back equal, and an id is given out once.

import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { Check } from '../check.ts';
import type { CheckContext } from '../context.ts';
import { catchCode } from '../errors.ts';
import { runInterleavings } from '../interleavings.ts';
import { makeSubject, newSession, pickFields } from '../sessions.ts';

export const createThenRead: Check = {
  id: 'create-then-read',
  invariant: 1,
  text: 'after create, every instance reads an equal record; an id that is taken is refused',
  async run(context) {
    await readEqualEverywhere(context);
    await refuseTakenId(context);
    await raceTwoCreates(context);
  },
};

async function readEqualEverywhere({ a, b, clock, runs, seed }: CheckContext): Promise<void> {
  const ms = fc.integer({ min: 1, max: 10 ** 10 });
  const session = fc.record({
    userId: fc.option(fc.string({ unit: 'binary' }), { nil: undefined }),
    username: fc.string({ unit: 'grapheme' }),
    roles: fc.array(fc.string({ unit: 'grapheme' }), { maxLength: 5 }),
    data: fc.json({ stringUnit: 'binary' }),
    details: fc.json({ stringUnit: 'binary' }),
    idle: ms,
    absolute: ms,
    age: fc.nat(10 ** 9),
  });
  const property = fc.asyncProperty(
    session,
    async ({ userId, username, roles, data, details, idle, absolute, age }) => {
      const now = clock();
      const times = {
        createdAt: now - age,
        idleExpiresAt: now + idle,
        absoluteExpiresAt: now + Math.max(idle, absolute),
      };
      const subject = userId === undefined ? undefined : makeSubject(userId, { username, roles });
      const created = newSession(clock, userId, { subject, data, details, ...times });
      await a.create(created);
      for (const store of [a, b])
        assert.deepEqual(pickFields(await store.read(created.id)), { ...created, version: 1 });
      await a.destroy(created.id);
    },
  );
  await fc.assert(property, { seed, numRuns: runs });
}

async function refuseTakenId({ a, b, clock }: CheckContext): Promise<void> {
  const session = newSession(clock, 'ada');
  await a.create(session);
  for (const store of [a, b]) {
    const code = await catchCode(() => store.create({ ...session, data: '{"other":true}' }));
    assert.equal(code, 'ERR_SESSION_EXISTS', 'create of an id that is taken');
    assert.deepEqual(pickFields(await b.read(session.id)), { ...session, version: 1 });
  }
}

async function raceTwoCreates(context: CheckContext): Promise<void> {
  await runInterleavings(context, () => {
    const [one, two] = [newSession(context.clock, 'ada'), newSession(context.clock, 'ada', { data: '{"other":true}' })];
    const rival = { ...two, id: one.id };
    return {
      first: (store) => catchCode(() => store.create(one)),
      second: (store) => catchCode(() => store.create(rival)),
      async after(first, second) {
        const winner = first === undefined ? one : rival;
        assert.deepEqual([first, second].sort(), ['ERR_SESSION_EXISTS', undefined], 'two creates of one id');
        assert.deepEqual(pickFields(await context.b.read(one.id)), { ...winner, version: 1 });
        await context.a.destroy(one.id);
      },
    };
  });
}
