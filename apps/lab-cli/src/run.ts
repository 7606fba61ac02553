// The command "run": the experiment with its folder and its progress, then the report and the exit code.

import { join } from 'node:path';
import {
  applyThresholds,
  type Experiment,
  formatCommand,
  LabError,
  resolveOptions,
  runExperiment,
} from '@statecraft/lab';
import type { Arguments } from './arguments.ts';
import { createRunFolder, keepRun, ROOT, shortenPath } from './places.ts';
import { printReport } from './print.ts';
import { createProgress } from './progress/progress.ts';

/** Ctrl-C reaches npm, pnpm and this process, and each passes it on: signals within this time are the same one. */
const SAME_SIGNAL_MS = 1_000;

export async function run(experiment: Experiment, args: Arguments): Promise<number> {
  const { seed } = resolveOptions(experiment, args.experiment);
  const interruption = listenForSignals();
  const folder = createRunFolder(experiment.id);
  const progress = createProgress(process.stderr);
  try {
    const measured = await runExperiment(experiment, args.experiment, {
      folder,
      entries: {
        stateless: join(ROOT, 'apps/stateless-api/dist/main.js'),
        stateful: join(ROOT, 'apps/stateful-api/dist/main.js'),
      },
      progress,
      again: [formatCommand('lab', ['run', experiment.id]), ...args.typed, '--seed', seed].join(' '),
      signal: interruption.signal,
    });
    progress.end();
    const report = applyThresholds(measured, args.thresholds);
    const page = await keepRun(folder, report);
    return await printReport(report, args, [
      `Picture: ${shortenPath(page)}`,
      `Details: ${formatCommand('lab', ['report', '--details'])}`,
      `Events:  ${shortenPath(folder)}`,
    ]);
  } catch (error) {
    progress.end();
    if (interruption.code !== undefined) process.stderr.write(`What was seen until then: ${shortenPath(folder)}\n`);
    if (error instanceof LabError && error.exitCode === 130) {
      process.stderr.write(`${error.message}\n`);
      // The interrupted experiment may still hold timers and sockets.
      process.exit(interruption.code ?? error.exitCode);
    }
    throw error;
  } finally {
    interruption.stopListening();
  }
}

/** A first signal ends the run in order; a second one ends this process and all that are bound to it. */
function listenForSignals() {
  const controller = new AbortController();
  let code: number | undefined;
  let first = Number.POSITIVE_INFINITY;
  const onSignal = (name: NodeJS.Signals) => {
    if (performance.now() - first > SAME_SIGNAL_MS) process.exit(code);
    if (code !== undefined) return;
    first = performance.now();
    code = name === 'SIGTERM' ? 143 : 130;
    process.stderr.write('\nInterrupted: ending everything that was started …\n');
    controller.abort();
  };
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  for (const name of signals) process.on(name, onSignal);
  return {
    signal: controller.signal,
    /** The exit code after a signal. */
    get code() {
      return code;
    },
    stopListening() {
      for (const name of signals) process.removeListener(name, onSignal);
    },
  };
}
