// plan.json + events.ndjson ──> Report. A report depends on nothing else, so it can be made again at any time.

import { createUsageError } from '../common/errors.ts';
import { readEvents, readPlan } from '../context/journal.ts';
import type { Event } from '../contracts/events.ts';
import type { RunPlan } from '../contracts/plan.ts';
import { type Check, REPORT_SCHEMA, type Report, type Verdict } from '../contracts/report.ts';
import { findExperiment } from '../experiments/registry.ts';
import { foldEvents } from '../fold/fold.ts';
import { createCells, createSentence } from './cells.ts';
import { checkGenerator, checkLedger, decideVerdict } from './ledger-checks.ts';

/** ms. Who is signed out does not depend on a few ms; experiments that report latencies have a closer bound. */
const LATENESS_BOUND_MS = 250;

/** @throws LabError (64) when the folder holds no run. */
export async function judgeRun(folder: string): Promise<Report> {
  let plan: RunPlan;
  try {
    plan = readPlan(folder);
  } catch {
    throw createUsageError(`${folder} holds no run: there is no readable plan.json in it. Runs are in runs/.`);
  }
  return judgeEvents(plan, readEvents(folder));
}

export async function judgeEvents(
  plan: RunPlan,
  events: AsyncIterable<Event> | Iterable<Event>,
  experiment = findExperiment(plan.experiment),
): Promise<Report> {
  const all: Event[] = [];
  for await (const event of events) all.push(event);
  const { latenessBoundMs = LATENESS_BOUND_MS } = experiment;
  const { parts, durationMs } = foldEvents(all, latenessBoundMs);
  const seen = { plan, parts };
  const cells = createCells(experiment, seen);
  const sentence = createSentence(cells, () => experiment.summarize({ ...seen, cells }));
  const checks = [
    ...(experiment.check?.(seen) ?? []),
    ...checkLedger(parts),
    ...checkGenerator(parts, latenessBoundMs),
  ];
  const unfinished = durationMs === undefined;
  const verdict = unfinished ? 'unknown' : decideVerdict(cells, checks);
  const caveat = unfinished ? 'The run is incomplete. ' : describeLateness(checks);
  return {
    schema: REPORT_SCHEMA,
    experiment: experiment.id,
    title: experiment.title,
    question: experiment.question,
    hypothesis: experiment.hypothesis,
    verdict,
    coverage: { measured: plan.sides.filter(({ missing }) => missing === undefined).length, of: plan.sides.length },
    sentence: `${caveat}${sentence}${describeUnknown(verdict, checks)}${describeMissing(plan)}`,
    sides: [...plan.sides],
    scenarios: [...plan.scenarios],
    cells,
    checks,
    parts: [...parts],
    notes: [...plan.notes, ...(experiment.notes?.(seen) ?? [])],
    lines: [...(experiment.lines?.(seen) ?? [])],
    seed: plan.options.seed,
    again: plan.again,
    durationMs: durationMs ?? parts.reduce((sum, part) => sum + part.durationMs, 0),
    environment: plan.environment,
  };
}

/** A verdict over some of the columns names the others. */
function describeMissing({ sides }: RunPlan): string {
  const missing = sides.filter(({ missing }) => missing !== undefined).map(({ text }) => text);
  return missing.length === 0 ? '' : ` Not measured: ${missing.join('; ')}.`;
}

/** What was seen under a late generator is reported, but not asserted. */
function describeLateness(checks: readonly Check[]): string {
  const doubt = checks.find(({ kind, outcome }) => kind === 'generator' && outcome !== 'holds');
  return doubt === undefined
    ? ''
    : `The load was not sent as planned (${doubt.detail}), so this is what was seen and no more: `;
}

/** Why a run is unknown where neither its cells nor its generator say so. */
function describeUnknown(verdict: Verdict, checks: readonly Check[]): string {
  const open = checks.filter(({ kind, outcome }) => kind !== 'generator' && outcome === 'unknown');
  if (verdict !== 'unknown' || open.length === 0) return '';
  return ` It is unknown whether ${open.map(({ text, detail }) => `${text}: ${detail}`).join('; and whether ')}.`;
}
