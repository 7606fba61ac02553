// An experiment from beginning to end: options, plan, preflight, run, judgement. The run's folder holds all of it.

import type { Event } from './contracts/events.ts';
import type { Experiment, ExperimentOptions, Plan, Progress } from './contracts/experiment.ts';
import type { Report, Side } from './contracts/report.ts';
import { describeEnvironment } from './environment.ts';
import { interrupted, machineError } from './errors.ts';
import { openJournal, rounded, writeReport } from './journal.ts';
import { foldFor, judge } from './judge.ts';
import { createLab, type Entries, type Lab } from './lab.ts';
import { optionsOf, sidesOf } from './options.ts';
import { specOf } from './sides.ts';

/** The Redis to use, or why there is none and what to type. */
export type RedisChoice = { readonly url: string; readonly description: string } | { readonly missing: string };

export interface RunSetting {
  /** runs/<run>; made if absent: plan.json, events.ndjson, report.json, logs/<server>.log */
  readonly folder: string;
  readonly entries: Entries;
  readonly redis: RedisChoice;
  readonly progress: Progress;
  /** The exact line that runs it again. */
  readonly again: string;
  /** Aborted by Ctrl-C: all that was started is ended, and the run rejects with exit code 130. */
  readonly signal?: AbortSignal;
}

const NOTES = [
  'Generator, gateway, servers and Redis share one machine: a relative comparison.',
  'Passwords are hashed at the lowest cost (PASSWORD_COST=4): sign-in times say nothing of a real one.',
  'The seed fixes the plan, not the timing of the operating system.',
];

/** @throws LabError with its exit code; an error with a server's last log lines when one does not come up. */
export async function runExperiment(
  experiment: Experiment<Lab>,
  asked: Partial<ExperimentOptions>,
  setting: RunSetting,
): Promise<Report> {
  const began = performance.now();
  const plan = planOf(experiment, optionsOf(experiment, asked), setting);
  const journal = openJournal(setting.folder, plan);
  const fold = foldFor(experiment);
  const append = (raw: Event) => {
    const event = rounded(raw);
    journal.append(event);
    fold.add(event);
    setting.progress.event(event);
  };
  try {
    await runUntilAborted(experiment, { plan, append, setting });
    append({ type: 'end', durationMs: Math.round(performance.now() - began) });
  } finally {
    journal.close();
  }
  const report = judge(experiment, plan, fold);
  writeReport(setting.folder, report);
  return report;
}

interface Running {
  readonly plan: Plan;
  readonly append: (event: Event) => void;
  readonly setting: RunSetting;
}

async function runUntilAborted(experiment: Experiment<Lab>, { plan, append, setting }: Running): Promise<void> {
  const { folder, entries, redis, progress, signal = new AbortController().signal } = setting;
  const redisUrl = 'url' in redis ? redis.url : undefined;
  const step = (text: string) => progress.step(text);
  const { lab, endAll } = createLab({ plan, folder, entries, redisUrl, append, step, signal });
  const aborted = new Promise<never>((_resolve, reject) => {
    if (signal.aborted) reject(interrupted());
    signal.addEventListener('abort', () => reject(interrupted()), { once: true });
  });
  const run = experiment.run(lab);
  // After an abort nobody waits for the run, which then fails on what was taken from it.
  run.catch(() => undefined);
  try {
    await Promise.race([run, aborted]);
  } finally {
    await endAll();
  }
}

/** @throws LabError (3) when no side is left that can be measured here. */
function planOf(experiment: Experiment<Lab>, options: ExperimentOptions, setting: RunSetting): Plan {
  const { redis, again, entries } = setting;
  const sides = sidesOf(experiment, options).map((side): Side => {
    const lacks = specOf(side.id).needsRedis && 'missing' in redis;
    return lacks ? { ...side, missing: redis.missing } : side;
  });
  const missing = sides.filter((side) => side.missing !== undefined);
  if (missing.length === sides.length) throw machineError(`Nothing is left to measure: ${missing[0]?.missing ?? ''}`);
  return {
    experiment: experiment.id,
    options,
    sides,
    scenarios: experiment.scenarios.map(({ id, text }) => ({ id, text: filledIn(text, options) })),
    again,
    notes: [...missing.map((side) => `${side.id} was not measured: ${side.missing}`), ...NOTES],
    environment: describeEnvironment({
      redis: 'url' in redis && sides.some(({ id }) => specOf(id).needsRedis) ? redis.description : undefined,
      nginx: undefined,
      gateway: options.gateway,
      entry: entries.stateful,
    }),
  };
}

/** `1 → {servers} servers` */
function filledIn(text: string, options: ExperimentOptions): string {
  return text.replace(/\{(servers|users)\}/g, (_found, name: 'servers' | 'users') =>
    options[name].toLocaleString('en'),
  );
}
