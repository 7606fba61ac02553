// What an experiment's run() gets: ways to start real things, each ended by the lab whatever happens, and to write down
// what happens to them. It judges nothing.
//
//   lab.on(side, context => …)      servers, gateway, Redis: alive inside, ended when it returns
//     context.part(scenario, part => …)     events from here on belong to this part

import { join } from 'node:path';
import type { RedisServer } from '@statecraft/infra-dev';
import { createInterruption } from '../common/errors.ts';
import { runInTurns } from '../common/turns.ts';
import type { Event } from '../contracts/events.ts';
import type { ExperimentOptions, Plan } from '../contracts/experiment.ts';
import type { Side } from '../contracts/report.ts';
import { findHelperEntry } from '../processes/helper.ts';
import { type ServerCommand, type ServerProcess, startServer } from '../processes/server.ts';
import { findSide, type SideSpec } from '../setup/sides.ts';

export interface Entries {
  /** The built entry files of the two APIs. */
  readonly stateless: string;
  readonly stateful: string;
}

export interface LabSetting {
  readonly plan: Plan;
  readonly folder: string;
  readonly entries: Entries;
  readonly serverEnv: Readonly<Record<string, string>>;
  readonly redisUrl: string | undefined;
  /** The one that the lab started for this run, to be stopped, slowed or emptied. */
  readonly ownRedis: RedisServer | undefined;
  readonly append: (event: Event) => void;
  readonly step: (text: string) => void;
  readonly signal: AbortSignal;
}

export interface Lab {
  readonly plan: Plan;
  readonly options: ExperimentOptions;
  /** Those of the plan that can be measured here. */
  readonly sides: readonly Side[];
  step(text: string): void;
  on(side: string, body: (context: ExperimentContext) => Promise<void>): Promise<void>;
}

type Mark = Extract<Event, { type: 'mark' }>;

/** Ended in reverse order when the context is. */
export interface ExperimentContext {
  readonly side: SideSpec;
  readonly options: ExperimentOptions;
  readonly signal: AbortSignal;
  /** Instead of servers of its own: the one address of an API that runs elsewhere. */
  readonly target: string | undefined;
  step(text: string): void;
  /** @throws on a machine without Redis, where no side that needs one is run */
  redisUrl(): string;
  /** @throws unless the experiment asked for a Redis of its own */
  redis(): RedisServer;
  own(end: () => Promise<unknown>): void;
  /** Ready servers of this side, named `<side>-1`, `-2`, … on from those that there are. */
  servers(
    count: number,
    env?: Readonly<Record<string, string>>,
    more?: Pick<ServerCommand, 'ownClock'>,
  ): Promise<ServerProcess[]>;
  part<T>(scenario: string, body: (part: Part) => Promise<T>): Promise<T>;
}

export interface Part {
  /** ms since the part began. */
  now(): number;
  event(event: Event): void;
  mark(mark: Omit<Mark, 'type' | 'at'> & { readonly at?: number }): void;
  figure(name: string, value: number, unit: string, text: string): void;
  /** For `part-end`: the last word on sessions, the most sockets. */
  concurrency(liveSessions: number, openSockets: number): void;
}

/** Starting all at once on a small machine is slower than a few at a time. */
const STARTED_AT_ONCE = 2;

/** No production: the lab lowers the password cost, since it does not measure hashing. */
const SERVER_ENV = { NODE_ENV: 'development', LOG_LEVEL: 'warn', DOCS: '0', PASSWORD_COST: '4' };

export function createLab(setting: LabSetting): { lab: Lab; endAll: () => Promise<void> } {
  const { plan, signal } = setting;
  const open = new Set<() => Promise<void>>();
  const lab: Lab = {
    plan,
    options: plan.options,
    sides: plan.sides.filter(({ missing }) => missing === undefined),
    step: setting.step,
    async on(side, body) {
      const { context, end } = createContext(findSide(side), setting);
      open.add(end);
      try {
        await body(context);
      } finally {
        await end();
        open.delete(end);
      }
      if (signal.aborted) throw createInterruption();
    },
  };
  return { lab, endAll: async () => void (await Promise.all([...open].map((end) => end()))) };
}

function createContext(side: SideSpec, setting: LabSetting): { context: ExperimentContext; end: () => Promise<void> } {
  const owned: (() => Promise<unknown>)[] = [];
  const { signal, plan } = setting;
  let started = 0;

  const own = (end: () => Promise<unknown>) => void owned.push(end);
  const serverAt = async (number: number, env: Readonly<Record<string, string>>, more: Partial<ServerCommand>) => {
    if (signal.aborted) throw createInterruption();
    const name = `${side.id.replace('+', '-')}-${number}`;
    const redis =
      side.needsRedis && env.REDIS_URL === undefined && setting.redisUrl !== undefined
        ? { REDIS_URL: setting.redisUrl }
        : {};
    const server = await startServer(name, {
      ...more,
      entry: side.own === undefined ? setting.entries[side.api] : findHelperEntry(side.own),
      env: { ...SERVER_ENV, ...side.env, ...redis, ...env, ...setting.serverEnv },
      logFile: join(setting.folder, 'logs', `${name}.log`),
    });
    own(() => server.kill());
    if (signal.aborted) throw createInterruption();
    return server;
  };

  const context: ExperimentContext = {
    side,
    options: plan.options,
    signal,
    target: plan.options.target,
    step: (text) => setting.step(`${side.id}: ${text}`),
    redisUrl() {
      if (setting.redisUrl === undefined) throw new Error('There is no Redis here.');
      return setting.redisUrl;
    },
    redis() {
      if (setting.ownRedis === undefined) throw new Error('This experiment did not ask for a Redis of its own.');
      return setting.ownRedis;
    },
    own,
    async servers(count, env = {}, more = {}) {
      const numbers = Array.from({ length: count }, () => ++started);
      return runInTurns(numbers, STARTED_AT_ONCE, (number) => serverAt(number, env, more));
    },
    part: (scenario, body) => runPart(side.id, scenario, setting, body),
  };
  const end = async () => {
    for (const stop of owned.splice(0).reverse()) await stop().catch(() => undefined);
  };
  return { context, end };
}

async function runPart<T>(side: string, scenario: string, setting: LabSetting, body: (part: Part) => Promise<T>) {
  const began = performance.now();
  const now = () => performance.now() - began;
  const ends = { liveSessions: 0, openSockets: 0 };
  const part: Part = {
    now,
    event: setting.append,
    mark: (mark) => setting.append({ type: 'mark', at: now(), ...mark }),
    figure: (name, value, unit, text) => setting.append({ type: 'figure', name, value, unit, text }),
    concurrency(liveSessions, openSockets) {
      ends.liveSessions = liveSessions;
      ends.openSockets = Math.max(ends.openSockets, openSockets);
    },
  };
  setting.append({ type: 'part', side, scenario, at: 0 });
  const result = await body(part);
  setting.append({ type: 'part-end', at: now(), ...ends });
  return result;
}
