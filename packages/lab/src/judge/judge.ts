// plan.json + events.ndjson ──> Report. Nothing else is looked at: what a run ends in can be made again at any time.

import { createUsageError } from '../common/errors.ts';
import { readEvents, readPlan } from '../context/journal.ts';
import type { Lab } from '../context/lab.ts';
import type { Event } from '../contracts/events.ts';
import type { Experiment, Plan } from '../contracts/experiment.ts';
import { type Check, REPORT_SCHEMA, type Report, type Verdict } from '../contracts/report.ts';
import { findExperiment } from '../experiments/registry.ts';
import { createFold, type Fold } from '../fold/fold.ts';
import { checkGenerator, checkLedger, decideVerdict } from './ledger-checks.ts';

/** ms; experiments that report latencies set their own, closer bound. */
const LATENESS_BOUND_MS = 100;

/** @throws LabError (64) when the folder holds no run. */
export async function judgeRun(folder: string): Promise<Report> {
  let plan: Plan;
  try {
    plan = readPlan(folder);
  } catch {
    throw createUsageError(`${folder} holds no run: there is no readable plan.json in it. Runs are in runs/.`);
  }
  return judgeEvents(plan, readEvents(folder));
}

export async function judgeEvents(plan: Plan, events: AsyncIterable<Event> | Iterable<Event>): Promise<Report> {
  const experiment = findExperiment(plan.experiment);
  const fold = createFoldFor(experiment);
  for await (const event of events) fold.add(event);
  return judge(experiment, plan, fold);
}

export function createFoldFor(experiment: Experiment<Lab>): Fold {
  return createFold({ latenessBoundMs: experiment.latenessBoundMs ?? LATENESS_BOUND_MS });
}

export function judge(experiment: Experiment<Lab>, plan: Plan, fold: Fold): Report {
  const parts = fold.parts();
  const { sentence, cells, checks, lines = [], notes = [] } = experiment.judge(plan, parts);
  const all = [
    ...checks,
    ...checkLedger(parts),
    ...checkGenerator(parts, experiment.latenessBoundMs ?? LATENESS_BOUND_MS),
  ];
  const unfinished = fold.durationMs === undefined;
  const verdict = unfinished ? 'unknown' : decideVerdict(cells, all);
  return {
    schema: REPORT_SCHEMA,
    experiment: experiment.id,
    title: experiment.title,
    question: experiment.question,
    hypothesis: experiment.hypothesis,
    verdict,
    sentence: `${unfinished ? 'The run did not come to its end. ' : late(all)}${sentence}${doubts(verdict, all)}${notMeasured(plan)}`,
    sides: [...plan.sides],
    scenarios: [...plan.scenarios],
    cells: [...cells],
    checks: all,
    parts,
    notes: [...plan.notes, ...notes],
    lines: [...lines],
    seed: plan.options.seed,
    again: plan.again,
    durationMs: fold.durationMs ?? parts.reduce((sum, part) => sum + part.durationMs, 0),
    environment: plan.environment,
  };
}

/** A verdict over some of the columns says which it leaves out. */
function notMeasured({ sides }: Plan): string {
  const missing = sides.filter(({ missing }) => missing !== undefined).map(({ text }) => text);
  return missing.length === 0 ? '' : ` Not measured: ${missing.join('; ')}.`;
}

/** What was seen under a late generator is told, and not asserted. */
function late(checks: readonly Check[]): string {
  const doubt = checks.find(({ kind, outcome }) => kind === 'generator' && outcome !== 'holds');
  return doubt === undefined
    ? ''
    : `The load was not sent as planned (${doubt.detail}), so this is what was seen and no more: `;
}

/** Why a run is unknown where its cells and its generator do not say it. */
function doubts(verdict: Verdict, checks: readonly Check[]): string {
  const open = checks.filter(({ kind, outcome }) => kind !== 'generator' && outcome === 'unknown');
  if (verdict !== 'unknown' || open.length === 0) return '';
  return ` It could not be told whether ${open.map(({ text, detail }) => `${text}: ${detail}`).join('; nor whether ')}.`;
}
