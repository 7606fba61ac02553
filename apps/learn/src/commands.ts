// What each command of `npm run learn` does.

import { formatCommand } from '@statecraft/infra-dev';
import { type AssessOptions, assess } from './assess.ts';
import type { Exercise } from './exercise.ts';
import { EXERCISES, readNumber } from './exercises.ts';
import { NO_PROGRESS, type ProgressFile } from './progress.ts';
import { createReport, formatJunit } from './report.ts';
import { type CheckOutcome, runCheck } from './run-check.ts';
import type { Workspace } from './workspace.ts';

export interface CommandOptions {
  readonly 'give-up'?: boolean | undefined;
  readonly json?: boolean | undefined;
}

interface Context {
  readonly exercise: Exercise | undefined;
  readonly options: CommandOptions;
  readonly progress: ProgressFile;
  readonly workspace: Workspace;
  /** The folder of the lab's runs. */
  readonly runs: string;
  readonly print: (text: string) => void;
  /** Opens the terminal, for the questions of the assessment. */
  readonly openAsk: () => AssessOptions['ask'] & Disposable;
  /** Aborted by Ctrl-C during `watch`. */
  readonly signal: AbortSignal;
  /** Yields after each change in the folder, until the signal aborts. */
  readonly watchFolder: (folder: string, signal: AbortSignal) => AsyncIterable<void>;
}

interface Command {
  readonly takesNumber: boolean;
  /** @returns the exit code */
  run(context: Context): number | Promise<number>;
}

type Taken = Context & { readonly exercise: Exercise };
const withExercise = (run: (context: Taken) => number | Promise<number>): Command => ({
  takesNumber: true,
  run: (context) => run(context as Taken),
});

export const COMMANDS: Readonly<Record<string, Command>> = {
  list: { takesNumber: false, run: list },
  next: { takesNumber: false, run: showNext },
  report: { takesNumber: false, run: report },
  assess: { takesNumber: false, run: runAssessment },
  show: withExercise(show),
  check: withExercise(check),
  watch: withExercise(watchFiles),
  hint: withExercise(hint),
  solution: withExercise(showSolution),
  reset: withExercise(reset),
};

const learn = (command: string, exercise: Exercise): string =>
  formatCommand('learn', [command, String(readNumber(exercise))]);

function list({ progress, print }: Context): number {
  const done = progress.read();
  const passed = EXERCISES.filter(({ name }) => done[name]?.passes).length;
  print(`${passed} of ${EXERCISES.length} exercises pass.\n`);
  for (const exercise of EXERCISES) {
    const { passes, checks } = done[exercise.name] ?? NO_PROGRESS;
    const state = passes ? 'passes' : checks > 0 ? 'begun' : '';
    print(
      `${String(readNumber(exercise)).padStart(3)}  ${exercise.title.padEnd(44)} ${`${exercise.minutes} min`.padStart(7)}  ${state}`,
    );
  }
  print(`\nGo on with: ${formatCommand('learn', ['next'])}`);
  return 0;
}

function showNext(context: Context): number {
  const done = context.progress.read();
  const exercise = EXERCISES.find(({ name }) => !done[name]?.passes);
  if (exercise !== undefined) return show({ ...context, exercise });
  context.print('All exercises pass. The assessment comes next: docs/course/assessment.md');
  return 0;
}

function show({ exercise, workspace, print }: Taken): number {
  workspace.prepare(exercise);
  print(workspace.readTask(exercise));
  print(`Your files: ${workspace.folder(exercise)}\nWhen you are ready: ${learn('check', exercise)}`);
  return 0;
}

async function check({ exercise, progress, workspace, print, signal }: Taken): Promise<number> {
  workspace.prepare(exercise);
  const outcome = await runCheck(exercise, workspace.folder(exercise), { signal });
  // Ended by the learner: this says nothing about the solution.
  if (signal.aborted) return 1;
  const { checks, passedAt } = progress.read()[exercise.name] ?? NO_PROGRESS;
  const passes = outcome.kind === 'passed';
  progress.update(exercise.name, {
    ...{ checks: checks + 1, passes },
    ...(passes ? { passedAt: passedAt ?? new Date().toISOString() } : { lastFailure: summarizeOutcome(outcome) }),
  });
  print(formatOutcome(exercise, outcome));
  return passes ? 0 : 1;
}

function summarizeOutcome(outcome: CheckOutcome): string {
  if (outcome.kind === 'failed') return `${outcome.failure.did}: ${outcome.failure.saw}`;
  return outcome.kind === 'error' ? (outcome.message.split('\n')[0] ?? '') : '';
}

function formatOutcome(exercise: Exercise, outcome: CheckOutcome): string {
  if (outcome.kind === 'passed') return `Exercise ${readNumber(exercise)} passes. ${exercise.learned}`;
  const next = `Stuck? ${learn('hint', exercise)}`;
  if (outcome.kind === 'error')
    return `Exercise ${readNumber(exercise)} could not be checked.\n${outcome.message}\n${next}`;
  const { did, saw, expected, why, read } = outcome.failure;
  return [
    `Exercise ${readNumber(exercise)} does not pass yet. The first thing that does not hold:`,
    `  done      ${did}`,
    `  seen      ${saw}`,
    `  expected  ${expected}`,
    `  why       ${why}`,
    `  read      ${read}`,
    next,
  ].join('\n');
}

async function watchFiles(context: Taken): Promise<number> {
  const { exercise, workspace, signal, watchFolder, print } = context;
  await check(context);
  print('Waiting for a change; Ctrl-C ends it.');
  for await (const _change of watchFolder(workspace.folder(exercise), signal)) {
    await check(context);
    print('Waiting for a change; Ctrl-C ends it.');
  }
  return 0;
}

function hint({ exercise, progress, print }: Taken): number {
  const { hints } = progress.read()[exercise.name] ?? NO_PROGRESS;
  const shown = Math.min(hints + 1, exercise.hints.length);
  progress.update(exercise.name, { hints: shown });
  for (const [at, text] of exercise.hints.slice(0, shown).entries()) print(`${at + 1}. ${text}`);
  if (shown === exercise.hints.length)
    print(`That was the last hint. ${learn('solution', exercise)} --give-up shows a solution.`);
  return 0;
}

function showSolution({ exercise, options, progress, workspace, print }: Taken): number {
  const { passedAt } = progress.read()[exercise.name] ?? NO_PROGRESS;
  if (passedAt === undefined && options['give-up'] !== true) {
    print(`Your own solution first: ${learn('check', exercise)}. To see one now, add --give-up.`);
    return 1;
  }
  if (passedAt === undefined) progress.update(exercise.name, { gaveUp: true });
  for (const { name, text } of workspace.readSolution(exercise)) print(`// ${name}\n${text}`);
  return 0;
}

function reset({ exercise, progress, workspace, print }: Taken): number {
  for (const path of workspace.reset(exercise)) print(`Put back: ${path}`);
  progress.update(exercise.name, { passes: false });
  return 0;
}

async function runAssessment({ progress, runs, print, openAsk }: Context): Promise<number> {
  using ask = openAsk();
  // Awaited here: the terminal closes when this function returns.
  return await assess({ progress, runs, print, ask });
}

function report({ options, progress, print }: Context): number {
  const lines = createReport(EXERCISES, progress.read());
  print(options.json ? JSON.stringify(lines, undefined, 2) : formatJunit(lines).trimEnd());
  return 0;
}
