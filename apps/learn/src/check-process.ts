// The process of one check: node check-process.ts <exercise> <folder>. Sends the outcome to its parent.

import { ExerciseFailure, type Failure } from './exercise.ts';
import { EXERCISES } from './exercises.ts';
import type { CheckOutcome } from './run-check.ts';

const [, , name, folder = ''] = process.argv;

async function check(): Promise<CheckOutcome> {
  const exercise = EXERCISES.find((one) => one.name === name);
  if (exercise === undefined) return { kind: 'error', message: `There is no exercise "${name}".` };
  try {
    await exercise.check(folder);
    return { kind: 'passed' };
  } catch (error) {
    if (error instanceof ExerciseFailure) return { kind: 'failed', failure: error.failure };
    const failure = describeThrown(error, folder);
    if (failure !== undefined) return { kind: 'failed', failure };
    return { kind: 'error', message: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  }
}

/** What the learner's own code threw, by the first line of the stack that is in its folder; undefined for other errors. */
function describeThrown(error: unknown, folder: string): Failure | undefined {
  if (!(error instanceof Error)) return undefined;
  const place = error.stack?.split('\n').find((line) => line.includes(folder));
  const [, file = '', line = ''] = /([\w.-]+\.ts)[^:]*:(\d+)/.exec(place ?? '') ?? [];
  if (file === '') return undefined;
  return {
    did: `run your code of ${file}`,
    saw: `line ${line} threw ${error.name}: ${error.message}`,
    expected: 'no error',
    why: 'The check can go on only if your function answers.',
    read: 'exercises/README.md',
  };
}

// The parent has ended, perhaps by Ctrl-C: nothing of the check stays behind.
process.once('disconnect', () => process.exit());
// Code that waits for something that never comes must not end the process: the check itself has bounds.
setInterval(() => undefined, 1_000);
const outcome = await check();
process.send?.(outcome, () => process.exit());
