import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it, onTestFinished } from 'vitest';
import { assess } from '../src/assess.ts';
import { EXERCISES, readNumber } from '../src/exercises.ts';
import { openProgress, TESTS } from '../src/progress.ts';
import { QUESTIONS } from '../src/questions.ts';

function createLearner() {
  const work = mkdtempSync(join(tmpdir(), 'statecraft-assess-'));
  onTestFinished(() => rmSync(work, { recursive: true }));
  const progress = openProgress(join(work, 'exercises/progress.json'));

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
  learner.progress.update(TESTS, { passes: true });
  const { code, text } = await learner.run(right);
  expect(text).not.toContain('[ ]');
  expect(code).toBe(0);
});

it('ticks that the tests pass after record-tests.ts, the last step of npm test', async () => {
  const learner = createLearner();
  expect((await learner.run([])).text).toContain('[ ] the tests pass on your machine (npm test, without arguments)');
  const program = fileURLToPath(new URL('../src/record-tests.ts', import.meta.url));
  const env = { ...process.env, STATECRAFT_LEARNER: learner.work };
  expect(spawnSync(process.execPath, [program], { env, encoding: 'utf8' })).toMatchObject({ status: 0, stderr: '' });
  expect((await learner.run([])).text).toContain('[x] the tests pass on your machine');
});
