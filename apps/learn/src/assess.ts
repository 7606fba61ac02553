// learn assess: the three levels and the success checklist. Level 1 asks questions; levels 2 and 3 are exercises; the
// checklist is ticked by what was done on this machine.

import { readdirSync } from 'node:fs';
import { createInterface } from 'node:readline/promises';
import { EXERCISES, readNumber } from './exercises.ts';
import { type Progress, type ProgressFile, TESTS } from './progress.ts';
import { QUESTIONS, type Question } from './questions.ts';

export interface AssessOptions {
  readonly progress: ProgressFile;
  /** The folder of the lab's runs. */
  readonly runs: string;
  readonly print: (text: string) => void;
  /** Asks the learner; undefined if there is no terminal, or the input has ended. */
  readonly ask: (prompt: string) => Promise<string | undefined>;
}

const LEVELS = [
  { title: 'Level 2: code', exercises: [2, 3] },
  { title: 'Level 3: analysis', exercises: [8, 12] },
] as const;

/** @returns 0 if all levels are passed, else 1 */
export async function assess({ progress, runs, print, ask }: AssessOptions): Promise<number> {
  print('Level 1: concepts');
  for (const question of QUESTIONS) {
    if (isAnswered(progress.read(), question)) continue;
    if (await askQuestion(question, print, ask, progress)) continue;
    print('  No answer: run this in a terminal, and type a number.');
    break;
  }
  const done = progress.read();
  const right = QUESTIONS.filter((question) => isAnswered(done, question)).length;
  print(`  ${right} of ${QUESTIONS.length} questions answered right.\n`);
  const levels = LEVELS.map(({ title, exercises }) => printLevel(title, exercises, done, print));
  print('Success checklist');
  for (const { text, isDone, hint } of listChecks(done, runs))
    print(`  [${isDone ? 'x' : ' '}] ${text}${isDone ? '' : ` (${hint})`}`);
  return right === QUESTIONS.length && levels.every(Boolean) ? 0 : 1;
}

const questionKey = ({ id }: Question): string => `question-${id}`;
const isAnswered = (done: Progress, question: Question): boolean => done[questionKey(question)]?.passes === true;

/** @returns false if there is no answer any more */
async function askQuestion(
  question: Question,
  print: AssessOptions['print'],
  ask: AssessOptions['ask'],
  progress: ProgressFile,
): Promise<boolean> {
  print(`\n  ${question.text}`);
  for (const [at, choice] of question.choices.entries()) print(`    ${at + 1}. ${choice}`);
  const given = await ask('  Your answer: ');
  if (given === undefined) return false;
  const isRight = Number(given.trim()) === question.right;
  print(`  ${isRight ? 'Right.' : `Not ${given.trim() || 'that'}: ${question.right}.`} ${question.because}`);
  const { checks = 0 } = progress.read()[questionKey(question)] ?? {};
  progress.update(questionKey(question), { checks: checks + 1, passes: isRight });
  return true;
}

function printLevel(title: string, numbers: readonly number[], done: Progress, print: AssessOptions['print']): boolean {
  print(title);
  const exercises = EXERCISES.filter((exercise) => numbers.includes(readNumber(exercise)));
  for (const exercise of exercises) {
    print(`  [${done[exercise.name]?.passes ? 'x' : ' '}] exercise ${readNumber(exercise)}: ${exercise.title}`);
  }
  print('');
  return exercises.every(({ name }) => done[name]?.passes);
}

function listChecks(done: Progress, runs: string) {
  const passes = (number: number) => EXERCISES.some((one) => readNumber(one) === number && done[one.name]?.passes);
  const experiments = listRuns(runs);
  const explained = QUESTIONS.flatMap((question) =>
    question.shows === undefined
      ? []
      : [{ text: question.shows, isDone: isAnswered(done, question), hint: 'answer its question in level 1' }],
  );
  return [
    {
      text: 'the tests pass on your machine',
      isDone: done[TESTS]?.passes === true,
      hint: 'npm test, without arguments',
    },
    { text: 'both modes ran on this machine', isDone: experiments.length > 0, hint: 'npm start' },
    ...explained,
    { text: 'you wrote a test of your own that shows session loss', isDone: passes(2), hint: 'exercise 2' },
    { text: 'you added an endpoint', isDone: passes(3), hint: 'exercise 3' },
    {
      text: 'you ran a comparison',
      isDone: experiments.some((name) => /-(load|scale|impact)(-\d+)?$/.test(name)),
      hint: 'npm run simulation:scale-compare',
    },
  ];
}

/** The names of the folders of finished and unfinished runs: `2026-11-24T22-00-00-crash`. */
function listRuns(folder: string): string[] {
  try {
    return readdirSync(folder).filter((name) => /^\d{4}-/.test(name));
  } catch {
    return [];
  }
}

/** Asks on the terminal. */
export function createTerminalAsk(): AssessOptions['ask'] & Disposable {
  const terminal = process.stdin.isTTY ? createInterface({ input: process.stdin, output: process.stderr }) : undefined;
  const closed = new AbortController();
  terminal?.once('close', () => closed.abort());
  const ask: AssessOptions['ask'] = async (prompt) => {
    if (terminal === undefined || closed.signal.aborted) return undefined;
    return terminal.question(prompt, { signal: closed.signal }).catch(() => undefined);
  };
  return Object.assign(ask, { [Symbol.dispose]: () => terminal?.close() });
}
