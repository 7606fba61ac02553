// Runs a check in a process of its own, so that the learner's code can neither hang nor end the program.

import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Exercise, Failure } from './exercise.ts';

/** `failure`: something did not hold. `error`: the learner's code, or this machine, stopped the check. */
export type CheckOutcome =
  | { readonly kind: 'passed' }
  | { readonly kind: 'failed'; readonly failure: Failure }
  | { readonly kind: 'error'; readonly message: string };

export interface RunOptions {
  /** The check is ended after this time, ms. */
  readonly maxMs?: number;
  /** Ends the check. */
  readonly signal?: AbortSignal;
}

const MAX_MS = 60_000;

export async function runCheck(
  exercise: Exercise,
  folder: string,
  { maxMs = MAX_MS, signal }: RunOptions = {},
): Promise<CheckOutcome> {
  const process = fork(fileURLToPath(new URL('check-process.ts', import.meta.url)), [exercise.name, folder], {
    execArgv: ['--conditions=@statecraft/source'],
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  let outcome: CheckOutcome | undefined;
  process.on('message', (message) => {
    outcome = message as CheckOutcome;
  });
  let isLate = false;
  const timer = setTimeout(() => {
    isLate = true;
    process.kill('SIGKILL');
  }, maxMs);
  const end = () => void process.kill('SIGKILL');
  signal?.addEventListener('abort', end);
  if (signal?.aborted) end();
  await once(process, 'close');
  signal?.removeEventListener('abort', end);
  clearTimeout(timer);
  if (isLate)
    return {
      kind: 'error',
      message: `The check did not end within ${maxMs / 1000} s. Does your code wait for something, or loop without an end?`,
    };
  return outcome ?? { kind: 'error', message: 'The check ended without a result. Does your code call process.exit()?' };
}
