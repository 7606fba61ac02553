// What the run() of an experiment gets: ways to start real processes, which the lab ends, and to record what happens.
//
//   lab.onEachSide(context => …)              servers, gateway, Redis: alive inside, ended when it returns
//     context.runPart(scenario, part => …)    events from here on belong to this part

import type { PostgresServer, RedisServer } from '@statecraft/infra-dev';
import type { ServerCommand, ServerProcess } from '../processes/server.ts';
import type { SideSpec } from '../setup/sides.ts';
import type { Event, MarkEvent } from './events.ts';
import type { ExperimentOptions, RunPlan } from './plan.ts';
import type { Side } from './report.ts';

export interface Lab {
  readonly plan: RunPlan;
  /** The sides of the plan that can be measured on this machine. */
  readonly sides: readonly Side[];
  onSide(id: string, body: (context: ExperimentContext) => Promise<void>): Promise<void>;
  /** Several at the same time; a side may be named twice. */
  onSides(ids: readonly string[], body: (contexts: readonly ExperimentContext[]) => Promise<void>): Promise<void>;
  onEachSide(body: (context: ExperimentContext) => Promise<void>): Promise<void>;
}

/** One side of a run. */
export interface ExperimentContext {
  readonly side: SideSpec;
  readonly options: ExperimentOptions;
  readonly signal: AbortSignal;
  /** Shows a step to the user. */
  step(text: string): void;
  /** @throws on a machine without Redis; sides that need one are not run there */
  redisUrl(): string;
  /** Where this side keeps sessions, for a side with `needsFile`. */
  sessionFile(): string;
  /** @throws unless the experiment has `ownRedis` */
  redis(): RedisServer;
  /** Started for this run. @throws on a machine without PostgreSQL; sides that need one are not run there */
  postgres(): PostgresServer;
  /** Called when the side ends, in reverse order. */
  onEnd(end: () => Promise<unknown>): void;
  /** Ready servers of this side. Their names are `<side>-1`, `<side>-2` and so on. */
  startServers(count: number, options?: StartOptions): Promise<[ServerProcess, ...ServerProcess[]]>;
  runPart<T>(scenario: string, body: (part: Part) => Promise<T>): Promise<T>;
}

export interface StartOptions extends Pick<ServerCommand, 'preload'> {
  readonly env?: Readonly<Record<string, string>>;
}

/** Records one scenario of one side. */
export interface Part {
  readonly context: ExperimentContext;
  /** ms since the part began. */
  now(): number;
  record(event: Event): void;
  /** Without `at`: now. */
  mark(mark: Omit<MarkEvent, 'type' | 'at'> & { readonly at?: number }): void;
  recordFigure(name: string, value: number, unit: string, text: string): void;
}
