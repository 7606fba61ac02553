// What an experiment is: data that says what is asked, a run that does it, and a judge that looks at what was seen.
//
//   run(lab)    starts servers, users and faults; all that it learns goes into events      (I/O, no judgement)
//   judge(…)    folds of those events ──> cells, checks, one sentence                      (pure: the report can be rebuilt)

import type { Event } from './events.ts';
import type { Cell, Check, Environment, PartSummary, Scenario, Side } from './report.ts';

export interface ExperimentOptions {
  /** Ids of sides to run; the experiment's own when undefined. */
  readonly modes: readonly string[] | undefined;
  readonly servers: number;
  readonly users: number;
  /** Requests per second, all users together. */
  readonly rate: number;
  /** Seconds of load in each part. */
  readonly seconds: number;
  readonly seed: number;
  readonly gateway: 'embedded' | 'nginx';
  /** The size that the docs report; the default sizes end sooner. */
  readonly full: boolean;
  /** An API (or a gateway before it) that runs elsewhere: no fleet, no faults. */
  readonly target: string | undefined;
  /** Whatever certificate the target shows will do. */
  readonly insecure: boolean;
}

/** What a run was made of, so that it can be judged again from its events alone. */
export interface Plan {
  readonly experiment: string;
  readonly options: ExperimentOptions;
  readonly sides: readonly Side[];
  readonly scenarios: readonly Scenario[];
  /** The exact line that runs it again. */
  readonly again: string;
  readonly environment: Environment;
  /** What is known before the run, and why the Redis sides were not measured. */
  readonly notes: readonly string[];
}

interface Judgement {
  readonly sentence: string;
  readonly cells: readonly Cell[];
  /** The experiment's own; those of the ledger, the generator and the controls are added by the lab. */
  readonly checks: readonly Check[];
  readonly lines?: readonly string[];
  readonly notes?: readonly string[];
}

interface Remote {
  /** In place of the experiment's own. */
  readonly scenarios: readonly Scenario[];
  /** How many requests are planned, sign-ins apart: told before they begin. */
  requests(options: ExperimentOptions): number;
}

export interface Experiment<Lab> {
  /** As it is typed: `rolling-deploy`. */
  readonly id: string;
  readonly title: string;
  readonly question: string;
  /** One sentence that can turn out false. */
  readonly hypothesis: string;
  /** One line for `pnpm lab`. */
  readonly summary: string;
  readonly sides: readonly Side[];
  readonly scenarios: readonly Scenario[];
  readonly defaults: Pick<ExperimentOptions, 'servers' | 'users' | 'rate' | 'seconds'>;
  readonly full: Pick<ExperimentOptions, 'servers' | 'users' | 'rate' | 'seconds'>;
  /** What of it can be asked of a `target`, whose servers are not the lab's; false: it injects faults or compares modes. */
  readonly remote: false | Remote;
  /** It has no servers of its own: without `--target` it is refused. */
  readonly needsTarget?: true;
  /** It stops, slows or empties Redis, or weighs it: only one that the lab itself started will do, not `REDIS_URL`. */
  readonly ownRedis?: true;
  /** The generator's lateness (p99, ms) up to which this experiment's figures are believed. */
  readonly latenessBoundMs?: number;
  run(lab: Lab): Promise<void>;
  judge(plan: Plan, parts: readonly PartSummary[]): Judgement;
}

/** What the CLI shows while a run goes on. */
export interface Progress {
  /** A step, in a few words: "redis: starting three servers". */
  step(text: string): void;
  /** Every event as it is appended. */
  event(event: Event): void;
}
