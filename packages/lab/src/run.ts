// An experiment from beginning to end: options, preflight, plan, run, report. The folder of the run holds all of it.

import { basename } from 'node:path';
import {
  findExecutable,
  findOrFetchProgram,
  findOrStartRedis,
  findPostgresPrograms,
  howToInstall,
  NGINX,
  REDIS,
  startPostgres,
  startRedis,
} from '@statecraft/infra-dev';
import { createInterruption, createMachineError } from './common/errors.ts';
import { openJournal, readEvents, writeJson } from './context/journal.ts';
import { createLab, type Entries } from './context/lab.ts';
import type { Event } from './contracts/events.ts';
import { type Experiment, fillSizes, type Progress } from './contracts/experiment.ts';
import type { ExperimentOptions, RunPlan } from './contracts/plan.ts';
import type { Report, Scenario, Side } from './contracts/report.ts';
import { judgeEvents } from './judge/judge.ts';
import { readRedisFacts } from './processes/redis-facts.ts';
import { describeEnvironment, readVersion } from './setup/environment.ts';
import { estimateRun } from './setup/estimate.ts';
import { listSides, resolveOptions, selectSides } from './setup/options.ts';
import { checkMachine } from './setup/preflight.ts';
import { findSide } from './setup/sides.ts';
import { describeTarget, detectSide } from './setup/target.ts';

export interface RunSetting {
  /** runs/<run>, made if absent: plan.json, events.ndjson, report.json, logs/<server>.log */
  readonly folder: string;
  readonly entries: Entries;
  /** Default: REDIS_URL, or one that is started on this machine. */
  readonly findRedis?: typeof findOrStartRedis;
  readonly progress: Progress;
  /** For every server; overrides what the lab sets. */
  readonly serverEnv?: Readonly<Record<string, string>>;
  /** The command line that runs it again. */
  readonly again: string;
  /** Aborted by Ctrl-C: all that was started is ended, and the run rejects with exit code 130. */
  readonly signal?: AbortSignal;
}

const SAME_MACHINE =
  'Generator, gateway, servers and Redis share one machine, and none of them is pinned to a core: a relative comparison.';

/** @throws LabError with its exit code; an error with the last log lines of a server that does not start. */
export async function runExperiment(
  experiment: Experiment,
  asked: Partial<ExperimentOptions>,
  setting: RunSetting,
): Promise<Report> {
  const began = performance.now();
  const options = resolveOptions(experiment, asked);
  if (options.target !== undefined) {
    const plan = await planTargetRun(experiment, options, options.target, setting);
    return runPlan(experiment, plan, setting, { redis: undefined, postgres: undefined }, began);
  }
  checkMachine(options);
  if (options.gateway === 'nginx') {
    // planRun refuses the run if there is still no nginx.
    await findOrFetchProgram(NGINX, { say: (line) => setting.progress.say(line) }).catch(() => undefined);
  }
  const databases = {
    redis: await prepareRedis(experiment, options, setting),
    postgres: await preparePostgres(experiment, options),
  };
  try {
    const plan = planRun(experiment, options, setting, databases);
    return await runPlan(experiment, plan, setting, databases, began);
  } finally {
    await databases.redis?.stop();
    await databases.postgres?.stop();
  }
}

/** Without servers, gateway and Redis of the lab. */
async function planTargetRun(
  experiment: Experiment,
  asked: ExperimentOptions,
  target: string,
  { progress, entries, again }: RunSetting,
): Promise<RunPlan> {
  checkMachine({ servers: 0, users: asked.users });
  const side = await detectSide(asked, target, listSides(experiment));
  const options = { ...asked, modes: [side.id] };
  const notes = describeTarget(experiment, options, side);
  for (const note of notes.slice(0, 2)) progress.step(note);
  return {
    experiment: experiment.id,
    options,
    sides: selectSides(experiment, options),
    scenarios: listScenarios(experiment.remote?.scenarios ?? [], options),
    again,
    notes,
    environment: describeEnvironment({ entry: entries.stateful }),
  };
}

interface Databases {
  readonly redis: Awaited<ReturnType<typeof prepareRedis>>;
  readonly postgres: Awaited<ReturnType<typeof preparePostgres>>;
}

/** Ten servers have pools for users and for sessions. */
const MAX_CONNECTIONS = 300;

const needsPostgres = (experiment: Experiment, { id }: Side): boolean =>
  experiment.needsPostgres === true || findSide(id).needsPostgres === true;

/** Always one of its own: an experiment may kill it. Undefined where it is not needed, and where there is none. */
async function preparePostgres(experiment: Experiment, options: ExperimentOptions) {
  const isNeeded = selectSides(experiment, options).some((side) => needsPostgres(experiment, side));
  return isNeeded && findPostgresPrograms() !== undefined
    ? startPostgres({ settings: { max_connections: MAX_CONNECTIONS } })
    : undefined;
}

/** @throws LabError (3) when REDIS_URL is set and does not answer: the user wants that one to be measured. */
async function prepareRedis(
  experiment: Experiment,
  options: ExperimentOptions,
  { findRedis = findOrStartRedis, progress }: RunSetting,
) {
  const say = (line: string) => progress.say(line);
  if (!selectSides(experiment, options).some(({ id }) => findSide(id).needsRedis)) return undefined;
  const describe = async (url: string, from: string) => `${(await readRedisFacts(url)).version} (${from})`;
  if (experiment.ownRedis !== undefined) {
    const program = await findOrFetchProgram(REDIS, { say }).catch((error: Error) =>
      say(`There is no Redis: ${error.message}.`),
    );
    if (program === undefined) return undefined;
    const own = await startRedis([], program);
    // The experiment may stop, slow or empty it.
    return {
      url: own.url,
      description: await describe(own.url, `${basename(program)} of its own`),
      own,
      stop: own.stop,
    };
  }
  const found = await findRedis({ say }).catch((error: Error) => {
    throw createMachineError(`${error.message} Start that server, or unset REDIS_URL.`);
  });
  if (found === undefined) return undefined;
  const description = await describe(found.url, `Redis from ${found.from}`);
  return { url: found.url, description, own: undefined, stop: found.stop };
}

/** @throws LabError (3) when no side is left that can be measured here. */
function planRun(
  experiment: Experiment,
  options: ExperimentOptions,
  { again, entries, progress }: RunSetting,
  { redis, postgres }: Databases,
): RunPlan {
  const install = describeInstall('Redis', 'redis-server');
  const sides = selectSides(experiment, options).map((side): Side => {
    if (findSide(side.id).needsRedis && redis === undefined) return { ...side, missing: install };
    const lacksPostgres = needsPostgres(experiment, side) && postgres === undefined;
    return lacksPostgres ? { ...side, missing: describeInstall('PostgreSQL', 'postgres') } : side;
  });
  if (options.gateway === 'nginx') requirePrograms('nginx', 'openssl');
  const missing = sides.filter((side) => side.missing !== undefined);
  if (missing.length === sides.length) throw createMachineError(`Nothing is left to measure. ${install}`);
  if (missing.length > 0) progress.say(describeMissing(missing, sides.length));
  const nginx = options.gateway === 'nginx' ? readVersion('nginx', ['-v']) : undefined;
  return {
    experiment: experiment.id,
    options,
    sides,
    scenarios: listScenarios(experiment.scenarios, options),
    again,
    notes: [...missing.map((side) => `${side.id} was not measured: ${side.missing}`), SAME_MACHINE],
    environment: describeEnvironment({
      ...(redis === undefined ? {} : { redis: redis.description }),
      ...(postgres === undefined ? {} : { postgres: `PostgreSQL ${postgres.version} of its own` }),
      ...(nginx === undefined ? {} : { nginx }),
      gateway: options.gateway,
      entry: entries.stateful,
    }),
  };
}

const describeInstall = (name: string, program: string): string =>
  `There is no ${name} here. To install one: ${howToInstall(program)}`;

/** Said before the run: who wants all modes can stop it now. */
const describeMissing = (missing: readonly Side[], all: number): string =>
  `This run measures ${all - missing.length} of ${all} columns, not ${missing.map(({ text }) => `"${text}"`).join(' and ')}. ` +
  `To measure all, press Ctrl-C, install a Redis, and start again: ${howToInstall('redis-server')}`;

/** nginx, and openssl for its certificate. @throws LabError (3) with what installs it */
function requirePrograms(...programs: readonly string[]): void {
  const absent = programs.find((program) => findExecutable(program) === undefined);
  if (absent !== undefined)
    throw createMachineError(
      `--gateway nginx: there is no ${absent} on the PATH. To install it: ${howToInstall(absent)}`,
    );
}

const listScenarios = (scenarios: readonly Scenario[], options: ExperimentOptions): Scenario[] =>
  scenarios.map(({ id, text }) => ({ id, text: fillSizes(text, options) }));

async function runPlan(
  experiment: Experiment,
  plan: RunPlan,
  setting: RunSetting,
  { redis, postgres }: Databases,
  began: number,
): Promise<Report> {
  const { folder, entries, progress, serverEnv = {}, signal = new AbortController().signal } = setting;
  const journal = openJournal(folder, plan);
  const append = (event: Event) => {
    journal.append(event);
    progress.event(event);
  };
  const step = (text: string) => progress.step(text);
  const sides = plan.sides.filter(({ missing }) => missing === undefined);
  progress.begin(estimateRun(experiment, { plan, sides }));
  const { lab, endAll } = createLab({ plan, folder, serverEnv, entries, redis, postgres, append, step, signal });
  try {
    await runUntilAborted(experiment.run(lab), signal).finally(endAll);
    append({ type: 'end', durationMs: Math.round(performance.now() - began) });
  } finally {
    journal.close();
  }
  // From the file, as at any later time.
  const report = await judgeEvents(plan, readEvents(folder), experiment);
  writeJson(folder, 'report', report);
  return report;
}

async function runUntilAborted(run: Promise<void>, signal: AbortSignal): Promise<void> {
  const aborted = new Promise<never>((_resolve, reject) => {
    const abort = () => reject(createInterruption());
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort, { once: true });
  });
  // After an abort nothing waits for the run, which then fails because its processes are gone.
  run.catch(() => undefined);
  await Promise.race([run, aborted]);
}
