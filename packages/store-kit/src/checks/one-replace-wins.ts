// 34. Two requests that read the same details write one after the other: the second one reads again and decides.

import assert from 'node:assert/strict';
import type { Check } from '../check.ts';
import type { CheckContext } from '../context.ts';
import { expectStored } from '../expectations.ts';
import { runInterleavings } from '../interleavings.ts';
import { makeDetailsChange, newSession, toFirstRecord } from '../sessions.ts';

export const oneReplaceWins: Check = {
  id: 'one-replace-wins',
  invariant: 34,
  text: 'of two replaceDetails from one text exactly one is acknowledged and stored; the other answers conflict',
  needs: ['replaceDetails'],
  async run(context) {
    for (const userId of ['ada', undefined]) {
      await raceReplace(context, userId);
      await replaceTogether(context, userId);
    }
  },
};

async function raceReplace(context: CheckContext, userId: string | undefined): Promise<void> {
  await runInterleavings(context, async () => {
    const session = newSession(context.clock, userId);
    const { from, to } = makeDetailsChange(session);
    const other = '{"other":1}';
    await context.a.create(session);
    return {
      first: (store) => store.replaceDetails(session.id, { from, to }),
      second: (store) => store.replaceDetails(session.id, { from, to: other }),
      async after(first, second) {
        assert.deepEqual([first, second].sort(), ['conflict', 'replaced'], 'what two replaceDetails answer');
        const details = first === 'replaced' ? to : other;
        await expectStored(context, { ...toFirstRecord(session), details }, 'after two replaceDetails');
      },
    };
  });
}

const TOGETHER = 10;

/** The same with many, through both instances. */
async function replaceTogether(context: CheckContext, userId: string | undefined): Promise<void> {
  const { a, b, clock } = context;
  const session = newSession(clock, userId);
  await a.create(session);
  const texts = Array.from({ length: TOGETHER }, (_, number) => `{"number":${number}}`);
  const answers = await Promise.all(
    texts.map(async (to, number) =>
      (number % 2 === 0 ? a : b).replaceDetails(session.id, { from: session.details, to }),
    ),
  );
  const winners = texts.filter((_, number) => answers[number] === 'replaced');
  assert.equal(winners.length, 1, `how many of ${TOGETHER} replaceDetails from one text are acknowledged`);
  assert.equal(answers.filter((answer) => answer === 'conflict').length, TOGETHER - 1, 'how many answer conflict');
  await expectStored(context, { ...toFirstRecord(session), details: winners[0] ?? '' }, 'after many replaceDetails');
}
