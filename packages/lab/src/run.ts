// An experiment from beginning to end: options, plan, preflight, run, judgement. The run's folder holds all of it.

import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { findExecutable, howToInstall, type RedisServer, startRedis } from '@statecraft/infra-dev';
import { createInterruption, createMachineError } from './common/errors.ts';
import { openJournal, rounded, writeReport } from './context/journal.ts';
import { createLab, type Entries, type Lab } from './context/lab.ts';
import type { Event } from './contracts/events.ts';
import type { Experiment, ExperimentOptions, Plan, Progress } from './contracts/experiment.ts';
import type { Report, Side } from './contracts/report.ts';
import { createFoldFor, judge } from './judge/judge.ts';
import { readRedisFacts } from './processes/redis-facts.ts';
import { describeEnvironment, readVersion } from './setup/environment.ts';
import { readLimits } from './setup/limits.ts';
import { resolveOptions, selectSides } from './setup/options.ts';
import { preflight } from './setup/preflight.ts';
import { findSide } from './setup/sides.ts';
import { describeTarget, detectSide } from './setup/target.ts';

/** The Redis to use, or why there is none and what to type. */
export type RedisChoice = { readonly url: string; readonly description: string } | { readonly missing: string };

export interface RunSetting {
  /** runs/<run>; made if absent: plan.json, events.ndjson, report.json, logs/<server>.log */
  readonly folder: string;
  readonly entries: Entries;
  readonly redis: RedisChoice;
  readonly progress: Progress;
  /** For every server, over what the lab sets itself. */
  readonly serverEnv?: Readonly<Record<string, string>>;
  /** The exact line that runs it again. */
  readonly again: string;
  /** Aborted by Ctrl-C: all that was started is ended, and the run rejects with exit code 130. */
  readonly signal?: AbortSignal;
}

const NOTES = [
  'Generator, gateway, servers and Redis share one machine, and none of them is pinned to a core: a relative comparison.',
  'Unless it is said otherwise, passwords are hashed at the lowest cost (PASSWORD_COST=4), which keeps sign-ins cheap: their times say nothing of a real one.',
  'The seed fixes the plan, not the timing of the operating system.',
];

/** @throws LabError with its exit code; an error with a server's last log lines when one does not come up. */
export async function runExperiment(
  experiment: Experiment<Lab>,
  asked: Partial<ExperimentOptions>,
  setting: RunSetting,
): Promise<Report> {
  const began = performance.now();
  const options = resolveOptions(experiment, asked);
  if (options.target !== undefined) return runAtTarget(experiment, options, options.target, setting, began);
  preflight(options, readLimits());
  const { redis, ownRedis } = await prepareRedis(experiment, options, setting);
  try {
    const plan = planRun(experiment, options, { ...setting, redis });
    return await runPlanned(experiment, plan, { ...setting, redis }, ownRedis, began);
  } finally {
    await ownRedis?.stop();
  }
}

/** No server, gateway or Redis of the lab's own. */
async function runAtTarget(
  experiment: Experiment<Lab>,
  asked: ExperimentOptions,
  target: string,
  setting: RunSetting,
  began: number,
): Promise<Report> {
  preflight({ servers: 0, users: asked.users }, readLimits());
  const side = await detectSide(asked, target, experiment.sides);
  const options = { ...asked, modes: [side.id] };
  const notes = describeTarget(experiment, options, side);
  for (const note of notes.slice(0, 2)) setting.progress.step(note);
  const plan: Plan = {
    experiment: experiment.id,
    options,
    sides: selectSides(experiment, options),
    scenarios: listScenarios(experiment, options),
    again: setting.again,
    notes,
    environment: describeEnvironment({
      redis: undefined,
      nginx: undefined,
      gateway: undefined,
      entry: setting.entries.stateful,
    }),
  };
  return runPlanned(experiment, plan, setting, undefined, began);
}

/** Experiments that stop or weigh Redis get one of their own. */
async function prepareRedis(experiment: Experiment<Lab>, options: ExperimentOptions, { redis }: RunSetting) {
  const needed = selectSides(experiment, options).some(({ id }) => findSide(id).needsRedis);
  if (experiment.ownRedis === undefined || !needed)
    return { redis: await describeRedis(redis, needed), ownRedis: undefined };
  const program = ['redis-server', 'valkey-server'].find((name) => findExecutable(name) !== undefined);
  const missing = `it needs a Redis of its own, to be stopped. To install one: ${howToInstall('redis-server')}`;
  if (program === undefined) return { redis: { missing }, ownRedis: undefined };
  const ownRedis = await startRedis();
  const version = (await readRedisFacts(ownRedis.url)).version;
  return { redis: { url: ownRedis.url, description: `${version} (${program} of its own)` }, ownRedis };
}

async function describeRedis(redis: RedisChoice, needed: boolean): Promise<RedisChoice> {
  if ('missing' in redis || !needed) return redis;
  const { version } = await readRedisFacts(redis.url);
  return { url: redis.url, description: `${version} (${redis.description})` };
}

async function runPlanned(
  experiment: Experiment<Lab>,
  plan: Plan,
  setting: RunSetting,
  ownRedis: RedisServer | undefined,
  began: number,
): Promise<Report> {
  const journal = openJournal(setting.folder, plan);
  const fold = createFoldFor(experiment);
  const append = (raw: Event) => {
    const event = rounded(raw);
    journal.append(event);
    fold.add(event);
    setting.progress.event(event);
  };
  try {
    await runUntilAborted(experiment, { plan, append, setting, ownRedis });
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
  readonly ownRedis: RedisServer | undefined;
}

async function runUntilAborted(
  experiment: Experiment<Lab>,
  { plan, append, setting, ownRedis }: Running,
): Promise<void> {
  const { folder, entries, redis, progress, signal = new AbortController().signal } = setting;
  const redisUrl = 'url' in redis ? redis.url : undefined;
  const step = (text: string) => progress.step(text);
  const { lab, endAll } = createLab({
    plan,
    folder,
    serverEnv: setting.serverEnv ?? {},
    entries,
    redisUrl,
    ownRedis,
    append,
    step,
    signal,
  });
  const aborted = new Promise<never>((_resolve, reject) => {
    if (signal.aborted) reject(createInterruption());
    signal.addEventListener('abort', () => reject(createInterruption()), { once: true });
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
function planRun(experiment: Experiment<Lab>, options: ExperimentOptions, setting: RunSetting): Plan {
  const { redis, again, entries } = setting;
  const sides = selectSides(experiment, options).map((side): Side => {
    const missing = explainMissing(side, setting);
    return missing === undefined ? side : { ...side, missing };
  });
  if (options.gateway === 'nginx') demand('nginx', 'openssl');
  const missing = sides.filter((side) => side.missing !== undefined);
  if (missing.length === sides.length)
    throw createMachineError(`Nothing is left to measure: ${missing[0]?.missing ?? ''}`);
  return {
    experiment: experiment.id,
    options,
    sides,
    scenarios: listScenarios(experiment, options),
    again,
    notes: [...missing.map((side) => `${side.id} was not measured: ${side.missing}`), ...NOTES],
    environment: describeEnvironment({
      redis: 'url' in redis && sides.some(({ id }) => findSide(id).needsRedis) ? redis.description : undefined,
      nginx: options.gateway === 'nginx' ? readVersion('nginx', ['-v']) : undefined,
      gateway: options.gateway,
      entry: entries.stateful,
    }),
  };
}

/** nginx, and what makes its certificate. @throws LabError (3) with what installs it */
function demand(...programs: readonly string[]): void {
  const absent = programs.find((program) => findExecutable(program) === undefined);
  if (absent !== undefined)
    throw createMachineError(
      `--gateway nginx: there is no ${absent} on the PATH. To install it: ${howToInstall(absent)}`,
    );
}

function explainMissing({ id }: Side, { redis, entries }: RunSetting): string | undefined {
  const { needsRedis, env } = findSide(id);
  if (needsRedis && 'missing' in redis) return redis.missing;
  const folder = dirname(entries.stateful);
  const knows = (name: string) =>
    readdirSync(folder).some((file) => file.endsWith('.js') && readFileSync(join(folder, file), 'utf8').includes(name));
  if (env.SESSION_CACHE !== undefined && !knows('SESSION_CACHE'))
    return 'this build of the stateful API has no SESSION_CACHE';
  return undefined;
}

function listScenarios({ scenarios, remote }: Experiment<Lab>, options: ExperimentOptions) {
  const asked = options.target !== undefined && remote !== false ? remote.scenarios : scenarios;
  return asked.map(({ id, text }) => ({ id, text: fillSizes(text, options) }));
}

/** `1 → {servers} servers` */
function fillSizes(text: string, options: ExperimentOptions): string {
  return text.replace(/\{(servers|users|seconds)\}/g, (_found, name: 'servers' | 'users' | 'seconds') =>
    options[name].toLocaleString('en'),
  );
}
