// What a run was asked to do. plan.json and events.ndjson are enough to judge the run again.

import type { Environment, Scenario, Side } from './report.ts';

export interface ExperimentOptions {
  /** Ids of the sides to run; undefined: all sides of the experiment. */
  readonly modes: readonly string[] | undefined;
  readonly servers: number;
  readonly users: number;
  /** Requests per second of all users together. */
  readonly rate: number;
  /** Seconds of load in each part. */
  readonly seconds: number;
  readonly seed: number;
  readonly gateway: 'embedded' | 'nginx';
  /** The size that the docs report; the default size ends sooner. */
  readonly full: boolean;
  /** The URL of an API, or of a gateway, that runs elsewhere: no fleet, no faults. */
  readonly target: string | undefined;
  /** Accept any certificate of the target. */
  readonly insecure: boolean;
}

export interface RunPlan {
  readonly experiment: string;
  readonly options: ExperimentOptions;
  readonly sides: readonly Side[];
  readonly scenarios: readonly Scenario[];
  /** The command line that runs it again. */
  readonly again: string;
  readonly environment: Environment;
  /** What is known before the run, and why some sides are not measured. */
  readonly notes: readonly string[];
}
