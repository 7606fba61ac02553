// Starts what an experiment asks for, records what it reports, and ends everything, also after an error or Ctrl-C.

import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { PostgresServer, RedisServer } from '@statecraft/infra-dev';
import { createInterruption } from '../common/errors.ts';
import { runInTurns } from '../common/turns.ts';
import type { ExperimentContext, Lab, Part, StartOptions } from '../contracts/context.ts';
import type { Event } from '../contracts/events.ts';
import type { RunPlan } from '../contracts/plan.ts';
import { type ServerProcess, startServer } from '../processes/server.ts';
import { findSide, type SideSpec } from '../setup/sides.ts';

export interface Entries {
  /** The built entry files of the two APIs. */
  readonly stateless: string;
  readonly stateful: string;
}

export interface LabSetting {
  readonly plan: RunPlan;
  readonly folder: string;
  readonly entries: Entries;
  readonly serverEnv: Readonly<Record<string, string>>;
  /** `own`: the lab started it for this run, and the experiment may stop, slow or empty it. */
  readonly redis: { readonly url: string; readonly own: RedisServer | undefined } | undefined;
  /** Started for this run. */
  readonly postgres: PostgresServer | undefined;
  readonly append: (event: Event) => void;
  readonly step: (text: string) => void;
  readonly signal: AbortSignal;
}

/** Finds the peers, which are not built, from the source and from dist. */
const require = createRequire(import.meta.url);

/** On a small machine, starting all servers together is slower than a few at a time. */
const PARALLEL_STARTS = 2;

/** The lab does not measure hashing and logs, so it lowers the password cost and switches the auth events off. */
const SERVER_ENV = {
  NODE_ENV: 'development',
  LOG_LEVEL: 'warn',
  AUTH_EVENTS: '0',
  DOCS: '0',
  PASSWORD_MEMORY_KIB: '8',
  // All users register from one address.
  REGISTRATIONS_PER_ADDRESS: '1000000000',
};

export function createLab(setting: LabSetting): { lab: Lab; endAll: () => Promise<void> } {
  const { plan, signal } = setting;
  let endCurrent = async (): Promise<void> => undefined;
  const sides = plan.sides.filter(({ missing }) => missing === undefined);
  const lab: Lab = {
    plan,
    sides,
    async onSide(id, body) {
      await lab.onSides([id], ([context]) => body(context as ExperimentContext));
    },
    async onSides(ids, body) {
      const opened = ids.map((id) => createContext(findSide(id), setting));
      endCurrent = async () => void (await Promise.all(opened.map(({ end }) => end())));
      try {
        await body(opened.map(({ context }) => context));
      } finally {
        await endCurrent();
      }
      if (signal.aborted) throw createInterruption();
    },
    async onEachSide(body) {
      for (const { id } of sides) await lab.onSide(id, body);
    },
  };
  return { lab, endAll: () => endCurrent() };
}

function createContext(side: SideSpec, setting: LabSetting): { context: ExperimentContext; end: () => Promise<void> } {
  const ends: (() => Promise<unknown>)[] = [];
  const { signal, plan } = setting;
  let started = 0;
  // The users of this side: a file that its servers share, and that goes with them.
  const home = mkdtempSync(join(tmpdir(), 'statecraft-lab-'));
  ends.push(async () => rmSync(home, { recursive: true, force: true }));
  const databaseUrl = `sqlite:${join(home, 'users.sqlite')}`;
  const context: ExperimentContext = {
    side,
    options: plan.options,
    signal,
    step: (text) => setting.step(`${side.id}: ${text}`),
    redisUrl() {
      if (setting.redis === undefined) throw new Error('There is no Redis here.');
      return setting.redis.url;
    },
    sessionFile: () => nameSessionFile(side, setting),
    redis() {
      if (setting.redis?.own === undefined) throw new Error('This experiment did not ask for a Redis of its own.');
      return setting.redis.own;
    },
    postgres() {
      if (setting.postgres === undefined) throw new Error('There is no PostgreSQL here.');
      return setting.postgres;
    },
    onEnd: (end) => void ends.push(end),
    async startServers(count, options = {}) {
      const numbers = Array.from({ length: count }, () => ++started);
      const [first, ...others] = await runInTurns(numbers, PARALLEL_STARTS, async (number) => {
        const server = await startNumbered(side, setting, number, databaseUrl, options);
        ends.push(() => server.kill());
        if (signal.aborted) throw createInterruption();
        return server;
      });
      if (first === undefined) throw new Error('At least one server must be started.');
      return [first, ...others];
    },
    runPart: (scenario, body) => runPart(context, scenario, setting, body),
  };
  // Kept until the side ends: the servers of a side are restarted.
  if (side.needsFile) ends.push(async () => removeSessionFile(nameSessionFile(side, setting)));
  const end = async () => {
    for (const stop of ends.splice(0).reverse()) await stop().catch(() => undefined);
  };
  return { context, end };
}

function startNumbered(
  side: SideSpec,
  setting: LabSetting,
  number: number,
  databaseUrl: string,
  { env = {}, ...more }: StartOptions,
): Promise<ServerProcess> {
  const { redis, postgres, entries, folder, serverEnv, signal } = setting;
  if (signal.aborted) throw createInterruption();
  const name = `${side.id.replace('+', '-')}-${number}`;
  const redisEnv = side.needsRedis && redis !== undefined ? { REDIS_URL: redis.url } : {};
  const fileEnv = side.needsFile ? { SESSION_SQLITE_PATH: nameSessionFile(side, setting) } : {};
  return startServer(name, {
    ...more,
    entry: side.peer === undefined ? entries[side.api] : require.resolve(`@statecraft/lab/peers/${side.peer}`),
    env: {
      ...SERVER_ENV,
      DATABASE_URL: databaseUrl,
      ...side.env,
      ...redisEnv,
      ...fileEnv,
      ...readPostgresEnv(side, postgres),
      ...env,
      ...serverEnv,
    },
    logFile: join(folder, 'logs', `${name}.log`),
  });
}

/** Absolute, because servers may have another working folder. */
const nameSessionFile = ({ id }: SideSpec, { folder }: LabSetting): string => resolve(folder, `sessions-${id}.sqlite`);

function removeSessionFile(file: string): void {
  for (const end of ['', '-wal', '-shm']) rmSync(file + end, { force: true });
}

function readPostgresEnv({ needsPostgres }: SideSpec, postgres: PostgresServer | undefined): Record<string, string> {
  if (!needsPostgres || postgres === undefined) return {};
  return { SESSION_DATABASE_URL: postgres.url, SESSION_DATABASE_MIGRATE: '1' };
}

async function runPart<T>(
  context: ExperimentContext,
  scenario: string,
  { append }: LabSetting,
  body: (part: Part) => Promise<T>,
) {
  const began = performance.now();
  const now = () => performance.now() - began;
  const part: Part = {
    context,
    now,
    record: append,
    mark: (mark) => append({ type: 'mark', at: now(), ...mark }),
    recordFigure: (name, value, unit, text) => append({ type: 'figure', name, value, unit, text }),
  };
  append({ type: 'part', side: context.side.id, scenario, at: 0 });
  const result = await body(part);
  append({ type: 'part-end', at: now() });
  return result;
}
