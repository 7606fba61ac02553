// What an experiment is: data that says what is asked, a run that does it, and judges that look at what was seen.
//
//   run(lab)          starts servers, users and faults; everything it learns becomes an event     (I/O, no judgement)
//   judgePart(part)   one cell from the fold of the events of one side in one scenario            (pure)
//   summarize(seen)   the sentence of a run in which every cell holds                             (pure)

import type { Lab } from './context.ts';
import type { Event } from './events.ts';
import type { ExperimentOptions, RunPlan } from './plan.ts';
import type { Cell, Check, PartSummary, Scenario, Side } from './report.ts';

export type { ExperimentContext, Lab, Part } from './context.ts';
export type { Check, PartSummary, Verdict } from './report.ts';

export type Sizes = Pick<ExperimentOptions, 'servers' | 'users' | 'rate' | 'seconds'>;

/** What the judges of an experiment look at. */
export interface Seen {
  readonly plan: RunPlan;
  readonly parts: readonly PartSummary[];
}

/** The lab adds lost users, errors, p99 and the evidence. */
export type Judgement = Pick<Cell, 'text' | 'outcome' | 'tone' | 'exposureMs' | 'figures'> & {
  /** Further lines of evidence. */
  readonly evidence?: readonly string[];
};

/** What an experiment can ask of a target, whose servers are not the lab's. */
interface Remote {
  /** In place of the experiment's own. */
  readonly scenarios: readonly Scenario[];
  /** How many requests it plans besides sign-ins. */
  requests(options: ExperimentOptions): number;
}

export interface Experiment {
  /** As it is typed: `rolling-deploy`. */
  readonly id: string;
  readonly title: string;
  readonly question: string;
  /** One sentence that can turn out to be false. */
  readonly hypothesis: string;
  /** One line for the list of experiments. */
  readonly summary: string;
  readonly sides: readonly Side[];
  /** Sides that run only if `--mode` names them. */
  readonly onRequest?: readonly Side[];
  /** Texts may contain `{servers}`, `{users}` and `{seconds}`. */
  readonly scenarios: readonly Scenario[];
  readonly defaults: Sizes;
  readonly full: Sizes;
  /**
   * Seconds that a run of each size takes with all sides (for `needsTarget`: at one target), on two cores without other
   * work: the planned load, and what the kept runs (docs/runs) took to start servers and to sign users in.
   */
  readonly takes: { readonly defaults: number; readonly full: number };
  /** Absent: it takes no `--target`. */
  readonly remote?: Remote;
  /** It has no servers of its own and needs a `--target`. */
  readonly needsTarget?: true;
  /** It stops, slows, empties or weighs Redis: the lab starts one for it and ignores `REDIS_URL`. */
  readonly ownRedis?: true;
  /** Every side gets the PostgreSQL that the lab starts for the run. */
  readonly needsPostgres?: true;
  /** The lateness of the generator (p99, ms) up to which its figures are believable. */
  readonly latenessBoundMs?: number;
  /** How often a run calls `runPart`. Default: once for each scenario of each side. */
  countParts?(lab: Pick<Lab, 'plan' | 'sides'>): number;
  run(lab: Lab): Promise<void>;
  judgePart(part: PartSummary, seen: Seen): Judgement;
  summarize(seen: Seen & { readonly cells: readonly Cell[] }): string;
  /** Checks of its own; the lab adds those of the ledger and of the generator. */
  check?(seen: Seen): readonly Check[];
  notes?(seen: Seen): readonly string[];
  lines?(seen: Seen): readonly string[];
}

export interface PlannedRun {
  readonly parts: number;
  readonly seconds: number;
}

/** What the CLI shows during a run. */
export interface Progress {
  /** The run begins: how many parts it has, and how many seconds it is likely to take. */
  begin(planned: PlannedRun): void;
  /** A step in a few words: "redis: starting three servers". */
  step(text: string): void;
  /** A line that stays on the screen. */
  say(line: string): void;
  /** Every event as it is appended. */
  event(event: Event): void;
}

/** `1 → {servers} servers` with the sizes of a run. */
export const fillSizes = (text: string, sizes: Sizes): string =>
  text.replace(/\{(servers|users|seconds)\}/g, (_, name: keyof Sizes) => sizes[name].toLocaleString('en-US'));
