import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it, onTestFinished } from 'vitest';
import { createTerminalAsk } from '../src/assess.ts';
import { COMMANDS, type CommandOptions } from '../src/commands.ts';
import { EXERCISES, readNumber } from '../src/exercises.ts';
import { openProgress } from '../src/progress.ts';
import { QUESTIONS } from '../src/questions.ts';
import { runCheck } from '../src/run-check.ts';
import { watchFolder } from '../src/watch-folder.ts';
import { openWorkspace } from '../src/workspace.ts';

const root = fileURLToPath(new URL('../../../', import.meta.url));

type Given = {
  readonly openAsk: typeof createTerminalAsk;
  readonly signal: AbortSignal;
  readonly watchFolder: typeof watchFolder;
};

/** A learner with a folder of their own. */
function createLearner() {
  const work = mkdtempSync(join(tmpdir(), 'statecraft-learner-'));
  onTestFinished(() => rmSync(work, { recursive: true }));
  const progress = openProgress(join(work, 'exercises/progress.json'));
  const workspace = openWorkspace(root, work);

  async function run(command: string, number?: number, options: CommandOptions = {}, given: Partial<Given> = {}) {
    const lines: string[] = [];
    const exercise = EXERCISES.find((one) => readNumber(one) === number);
    const print = (text: string) => void lines.push(text);
    const code = await COMMANDS[command]?.run({
      exercise,
      options,
      progress,
      workspace,
      runs: join(work, 'runs'),
      print,
      openAsk: createTerminalAsk,
      signal: new AbortController().signal,
      watchFolder,
      ...given,
    });
    return { code, text: lines.join('\n') };
  }

  const write = (name: string, text: string) => writeFileSync(join(work, 'exercises', name), text);
  const read = (name: string) => readFileSync(join(work, 'exercises', name), 'utf8');
  return { work, run, write, read };
}

const solution = readFileSync(join(root, 'apps/learn/solutions/05-route-sticky/route.ts'), 'utf8');

it('show copies the starter once, and keeps what the learner wrote', async () => {
  const learner = createLearner();
  await learner.run('show', 5);
  learner.write('05-route-sticky/route.ts', 'mine');
  await learner.run('show', 5);
  expect(learner.read('05-route-sticky/route.ts')).toBe('mine');
});

it('check shows the first failure and exits with 1; after a right solution it exits with 0', async () => {
  const learner = createLearner();
  const failed = await learner.run('check', 5);
  expect(failed.code).toBe(1);
  expect(failed.text).toMatch(/done {6}.*\n {2}seen {6}.*\n {2}expected {2}.*\n {2}why {7}.*\n {2}read {6}docs\//);
  learner.write('05-route-sticky/route.ts', solution);
  expect((await learner.run('check', 5)).code).toBe(0);
});

it('next goes on with the first exercise that does not pass', async () => {
  const learner = createLearner();
  expect((await learner.run('next')).text).toContain('# 1. ');
});

it('hint shows one more hint each time, and all three at the end', async () => {
  const learner = createLearner();
  const counts: number[] = [];
  for (let call = 0; call < 4; call += 1) {
    const { text } = await learner.run('hint', 5);
    counts.push(text.split('\n').filter((line) => /^\d\. /.test(line)).length);
  }
  expect(counts).toEqual([1, 2, 3, 3]);
});

it('solution is refused before a check has passed, unless the learner gives up', async () => {
  const learner = createLearner();
  expect(await learner.run('solution', 5)).toMatchObject({ code: 1 });
  const { code, text } = await learner.run('solution', 5, { 'give-up': true });
  expect({ code, hasSolution: text.includes(solution) }).toEqual({ code: 0, hasSolution: true });
});

it('reset puts the starter back', async () => {
  const learner = createLearner();
  await learner.run('show', 5);
  const starter = learner.read('05-route-sticky/route.ts');
  learner.write('05-route-sticky/route.ts', 'mine');
  await learner.run('reset', 5);
  expect(learner.read('05-route-sticky/route.ts')).toBe(starter);
});

it('report gives a teacher the state of each exercise, as JUnit XML and as JSON', async () => {
  const learner = createLearner();
  await learner.run('check', 5);
  const { text } = await learner.run('report');
  expect(text).toMatch(/<testcase classname="learn" name="05-route-sticky: [^"]+"><failure message="[^"<]+"\/>/);
  expect(text).toMatch(/<testcase classname="learn" name="01-read-a-token: [^"]+"><skipped\/>/);
  const json = JSON.parse((await learner.run('report', undefined, { json: true })).text);
  expect(json.find((line: { exercise: string }) => line.exercise === '05-route-sticky')).toMatchObject({
    state: 'failed',
    checks: 1,
    gaveUp: false,
  });
});

it('a progress file that is not JSON is named, and not overwritten', async () => {
  const learner = createLearner();
  await learner.run('show', 5);
  learner.write('progress.json', 'x');
  await expect(learner.run('hint', 5)).rejects.toThrow(/progress\.json is not JSON/);
  expect(learner.read('progress.json')).toBe('x');
});

it('a check ends code that never ends, and says so', async () => {
  const learner = createLearner();
  await learner.run('show', 5);
  learner.write('05-route-sticky/route.ts', 'export function route() { for (;;) {} }');
  const exercise = EXERCISES.find((one) => readNumber(one) === 5);
  if (exercise === undefined) throw new Error('There is no exercise 5.');
  const outcome = await runCheck(exercise, join(learner.work, 'exercises/05-route-sticky'), { maxMs: 2_000 });
  expect(outcome).toMatchObject({ kind: 'error', message: expect.stringContaining('did not end within 2 s') });
});

it('watch checks, checks again after a change, and ends with its changes', async () => {
  const learner = createLearner();
  async function* changeOnce() {
    learner.write('05-route-sticky/route.ts', solution);
    yield;
  }
  const { code, text } = await learner.run('watch', 5, {}, { watchFolder: changeOnce });
  expect(code).toBe(0);
  expect(text).toMatch(/^Exercise 5 does not pass yet[\s\S]+Waiting[\s\S]+Exercise 5 passes\.[\s\S]+Waiting/);
});

it('watch ends by its signal while a check runs, and the check counts for nothing', async () => {
  const learner = createLearner();
  await learner.run('show', 5);
  learner.write('05-route-sticky/route.ts', 'export function route() { for (;;) {} }');
  const stop = new AbortController();
  const ended = learner.run('watch', 5, {}, { signal: stop.signal });
  stop.abort();
  expect((await ended).code).toBe(0);
  expect(JSON.parse((await learner.run('report', undefined, { json: true })).text)[4].state).toBe('not begun');
});

it('watchFolder yields after a change in the folder, and ends by its signal', async () => {
  const learner = createLearner();
  await learner.run('show', 5);
  const stop = new AbortController();
  const changes = watchFolder(join(learner.work, 'exercises/05-route-sticky'), stop.signal);
  const first = changes.next();
  learner.write('05-route-sticky/route.ts', 'changed');
  expect((await first).done).toBe(false);
  const second = changes.next();
  stop.abort();
  expect((await second).done).toBe(true);
});

it.each(['null', '[]', '"a"', '{"01-read-a-token":5}'])('a progress file with %s is refused', async (text) => {
  const learner = createLearner();
  await learner.run('show', 5);
  learner.write('progress.json', text);
  await expect(learner.run('list')).rejects.toThrow(/progress\.json holds no progress of exercises.+delete it/);
});

it('an exercise that was only reset is not begun', async () => {
  const learner = createLearner();
  await learner.run('reset', 5);
  const json = JSON.parse((await learner.run('report', undefined, { json: true })).text);
  expect(json[4]).toMatchObject({ exercise: '05-route-sticky', state: 'not begun' });
});

it('a file that cannot be read as TypeScript is named with the line', async () => {
  const learner = createLearner();
  await learner.run('show', 5);
  learner.write('05-route-sticky/route.ts', 'export const a = 1;\nexport function route( {\n');
  expect((await learner.run('check', 5)).text).toMatch(/load route\.ts\n {2}seen {6}line \d+: /);
});

it('assess asks until the last question is answered, and closes the terminal then', async () => {
  let isOpen = true;
  const ask = async () => (isOpen ? '1' : undefined);
  const close = () => {
    isOpen = false;
  };
  const openAsk = () => Object.assign(ask, { [Symbol.dispose]: close });
  const { text } = await createLearner().run('assess', undefined, {}, { openAsk });
  expect(text.match(/^ {2}(Right|Not 1)/gm)).toHaveLength(QUESTIONS.length);
  expect(isOpen).toBe(false);
});
