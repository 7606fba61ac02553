// 19. A text that is not the id of a session reaches no session.

import assert from 'node:assert/strict';
import type { Check } from '../check.ts';
import type { CheckContext } from '../context.ts';
import { catchCode } from '../errors.ts';
import { expectListed, expectStored } from '../expectations.ts';
import { HOSTILE_TEXTS, shorten } from '../hostile-texts.ts';
import { HOUR } from '../manual-clock.ts';
import { makeChange, makeDetailsChange, newSession, pickFields, toFirstRecord } from '../sessions.ts';

export const hostileIds: Check = {
  id: 'hostile-ids',
  invariant: 19,
  text: 'any text as a session id, even of a megabyte, is unknown or refused with a code, and reaches no session',
  async run(context) {
    const { a, clock } = context;
    const victim = newSession(clock, 'ada');
    await a.create(victim);
    for (const id of [...HOSTILE_TEXTS, ...listSimilarTexts(victim.id)]) {
      await callEveryMethod(context, id, victim.id);
      await expectStored(context, toFirstRecord(victim), `after every method was called with the id ${shorten(id)}`);
    }
    await expectListed(context, 'ada', [victim.id], 'after every method was called');
  },
};

/** Texts that a careless store takes for this id. */
function listSimilarTexts(id: string): string[] {
  const swapped = id.replace(/[a-z]/i, (letter) => (letter < 'a' ? letter.toLowerCase() : letter.toUpperCase()));
  return [
    `${id} `,
    ` ${id}`,
    `${id}\0`,
    `${id}\n`,
    `${id}*`,
    `${id.slice(0, -1)}?`,
    id.slice(0, 16),
    id.slice(16),
    swapped,
  ];
}

async function callEveryMethod(context: CheckContext, id: string, victim: string): Promise<void> {
  const { a, b, clock } = context;
  const name = shorten(id);
  assert.equal(await b.read(id), undefined, `read of the id ${name}`);
  assert.equal(await a.update(id, makeChange(context, 1)), 'gone', `update of the id ${name}`);
  assert.equal(await a.touch(id, clock() + 2 * HOUR), 'gone', `touch of the id ${name}`);
  if (context.has('replaceDetails')) {
    const replaced = await a.replaceDetails(id, makeDetailsChange(newSession(clock)));
    assert.equal(replaced, 'gone', `replaceDetails of the id ${name}`);
  }
  await a.destroy(id);
  const answer = await catchAnswer(() => a.rotate(id, newSession(clock).id));
  assert.ok(answer === 'gone' || answer === 'ERR_SESSION_ID_INVALID', `rotate of the id ${name} answers ${answer}`);
  const moved = await catchAnswer(() => a.rotate(victim, id));
  assert.equal(moved, 'ERR_SESSION_ID_INVALID', `rotate to the id ${name}`);
  const session = newSession(clock, undefined, { id });
  if ((await catchCode(() => a.create(session))) !== undefined) return;
  assert.deepEqual(pickFields(await b.read(id)), toFirstRecord(session), `the session with the id ${name}`);
  await a.destroy(id);
  assert.equal(await b.read(id), undefined, `read of the id ${name} after destroy`);
}

async function catchAnswer(rotate: () => unknown): Promise<unknown> {
  let answer: unknown;
  const code = await catchCode(async () => {
    answer = await rotate();
  });
  return code ?? answer;
}
