// pnpm lab run: the experiment with its Redis, its folder and its progress; then the report, and the exit code.

import { join } from 'node:path';
import {
  applyThresholds,
  type Experiment,
  type ExperimentOptions,
  findOrStartRedis,
  howToInstall,
  type Lab,
  LabError,
  type RedisChoice,
  resolveOptions,
  runExperiment,
} from '@statecraft/lab';
import type { Arguments } from './arguments.ts';
import { againLine, keepRun, newRun, root, shown } from './places.ts';
import { printReport } from './print.ts';
import { createProgress } from './progress/progress.ts';

/** Ctrl-C reaches npm, pnpm and us at once, and each passes it on: what comes within this time is the same one. */
const SAME_SIGNAL_MS = 1_000;

export async function run(experiment: Experiment<Lab>, args: Arguments): Promise<number> {
  const options = resolveOptions(experiment, args.experiment);
  const interruption = listenForSignals();
  const folder = newRun(experiment.id);
  const progress = createProgress(process.stderr);
  try {
    const redis = await openRedis(experiment, options);
    try {
      const measured = await runExperiment(experiment, args.experiment, {
        folder,
        entries: {
          stateless: join(root, 'apps/stateless-api/dist/main.js'),
          stateful: join(root, 'apps/stateful-api/dist/main.js'),
        },
        redis: redis.choice,
        progress,
        again: againLine(experiment.id, [...args.typed, '--seed', String(options.seed)]),
        signal: interruption.signal,
      });
      progress.end();
      const report = applyThresholds(measured, args.thresholds);
      const { html } = await keepRun(folder, report);
      return await printReport(report, args.outputs, [`Picture: ${shown(html)}`, `Events:  ${shown(folder)}`]);
    } finally {
      await redis.stop();
    }
  } catch (error) {
    progress.end();
    if (interruption.code !== undefined) process.stderr.write(`What was seen until then: ${shown(folder)}\n`);
    if (error instanceof LabError && error.exitCode === 130) {
      process.stderr.write(`${error.message}\n`);
      interruption.end();
    }
    throw error;
  } finally {
    interruption.forget();
  }
}

/** A first signal ends the run in order; a second one ends the process at once, and all that is bound to it. */
function listenForSignals() {
  const controller = new AbortController();
  const state: { code: number | undefined } = { code: undefined };
  let first = Number.POSITIVE_INFINITY;
  const onSignal = (name: NodeJS.Signals) => {
    const code = name === 'SIGTERM' ? 143 : 130;
    if (performance.now() - first > SAME_SIGNAL_MS) process.exit(code);
    if (state.code !== undefined) return;
    first = performance.now();
    state.code = code;
    process.stderr.write('\nInterrupted: ending everything that was started …\n');
    controller.abort();
  };
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, onSignal);
  return {
    signal: controller.signal,
    get code() {
      return state.code;
    },
    /** An experiment that was left in the middle may still hold timers and sockets; nobody waits for those. */
    end: (): never => process.exit(state.code ?? 130),
    forget() {
      for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.removeListener(name, onSignal);
    },
  };
}

/** @throws LabError (3): a REDIS_URL that does not answer ends the run, since whoever set it wants that one measured. */
async function openRedis(
  { sides, ownRedis }: Experiment<Lab>,
  { modes, target }: Pick<ExperimentOptions, 'modes' | 'target'>,
): Promise<{ choice: RedisChoice; stop(): Promise<void> }> {
  const wanted = (modes ?? sides.map(({ id }) => id)).some((id) => id.startsWith('redis'));
  const none = { choice: { missing: `There is no Redis here. To install one: ${howToInstall('redis-server')}` }, stop };
  if (!wanted || target !== undefined) return none;
  try {
    // An experiment that stops, empties or weighs Redis gets one of its own.
    const env = ownRedis === true ? { ...process.env, REDIS_URL: '' } : process.env;
    const redis = await findOrStartRedis({ allowDocker: true, env });
    if (redis === undefined) return none;
    return { choice: { url: redis.url, description: `Redis from ${redis.from}` }, stop: () => redis.stop() };
  } catch (error) {
    throw new LabError(3, `${(error as Error).message} Start that server, or unset REDIS_URL.`);
  }
}

async function stop(): Promise<void> {}
