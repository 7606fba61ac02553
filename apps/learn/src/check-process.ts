// The process of one check: node check-process.ts <exercise> <folder>. Sends the outcome to its parent.

import { ExerciseFailure } from './exercise.ts';
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
    return { kind: 'error', message: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  }
}

// The parent has ended, perhaps by Ctrl-C: nothing of the check stays behind.
process.once('disconnect', () => process.exit());
// Code that waits for something that never comes must not end the process: the check itself has bounds.
setInterval(() => undefined, 1_000);
const outcome = await check();
process.send?.(outcome, () => process.exit());
