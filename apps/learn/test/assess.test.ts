import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { assess } from '../src/assess.ts';
import { EXERCISES, readNumber } from '../src/exercises.ts';
import { openProgress } from '../src/progress.ts';
import { QUESTIONS } from '../src/questions.ts';

function createLearner() {
  const work = mkdtempSync(join(tmpdir(), 'statecraft-assess-'));
  onTestFinished(() => rmSync(work, { recursive: true }));
  const progress = openProgress(join(work, 'progress.json'));

  async function run(answers: readonly (number | undefined)[]) {
    const lines: string[] = [];
    const given = [...answers];
    const ask = async () => given.shift()?.toString();
    const code = await assess({ progress, runs: join(work, 'runs'), print: (text) => void lines.push(text), ask });
    return { code, text: lines.join('\n') };
  }

  return { work, progress, run };
}

const right = QUESTIONS.map((question) => question.right);

it.each(QUESTIONS)('question $id has its right answer among the choices', ({ right, choices }) => {
  expect(choices[right - 1]).toBeDefined();
});

it('explains a wrong answer, and asks again the next time', async () => {
  const learner = createLearner();
  const { code, text } = await learner.run([1]);
  expect(code).toBe(1);
  expect(text).toContain('Not 1: 3. The token holds who the user is');
  expect((await learner.run([3])).text).toContain('1 of');
});

it('asks no question again that was answered right', async () => {
  const learner = createLearner();
  await learner.run(right);
  const { text } = await learner.run([]);
  expect(text).toContain(`${QUESTIONS.length} of ${QUESTIONS.length} questions answered right.`);
});

it('ends the questions when there is no terminal, and still shows the checklist', async () => {
  const { code, text } = await createLearner().run([undefined]);
  expect(code).toBe(1);
  expect(text).toContain('[ ] you ran a comparison (npm run simulation:scale-compare)');
});

it('ticks what was done on this machine, and exits with 0 when all levels are passed', async () => {
  const learner = createLearner();
  mkdirSync(join(learner.work, 'runs/2026-11-30T10-00-00-scale'), { recursive: true });
  for (const exercise of EXERCISES.filter((one) => [2, 3, 8, 12].includes(readNumber(one)))) {
    learner.progress.update(exercise.name, { passes: true });
  }
  const { code, text } = await learner.run(right);
  expect(text).not.toContain('[ ]');
  expect(code).toBe(0);
});
