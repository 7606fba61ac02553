// Bounds that a run must keep, as typed: `unexpected_401=0`, `p99_ms<=50`. A report with thresholds has a check for each of
// them, and its verdict and sentence say when one was missed.

import { createUsageError } from '../common/errors.ts';
import { describeUnknownName } from '../common/names.ts';
import type { Check, PartSummary, Report, Verdict } from '../contracts/report.ts';
import { decideVerdict } from './ledger-checks.ts';
import { countErrors, namePart } from './parts.ts';

interface Metric {
  readonly text: string;
  /** Null where a part has no such value: without a sign-out there is no exposure. */
  readonly read: (part: PartSummary) => number | null;
}

const toSeconds = (ms: number | null | undefined): number | null => (ms == null ? null : ms / 1_000);

const METRICS: Readonly<Record<string, Metric>> = {
  lost: { text: 'users who were signed out without asking for it', read: ({ lost }) => lost.count },
  unexpected_401: {
    text: 'answers 401 to users who were signed in; a user may get several',
    read: ({ outcomes }) => outcomes.signedOut,
  },
  wrong_user: { text: 'answers that named another user', read: ({ outcomes }) => outcomes.wrongUser },
  after_sign_out: {
    text: 'answers 200 after an acknowledged sign-out',
    read: ({ outcomes }) => outcomes.acceptedAfterSignOut,
  },
  errors: { text: 'requests that failed: no connection, broken, timed out, 5xx, other', read: countErrors },
  timeouts: { text: 'requests without an answer in time', read: ({ outcomes }) => outcomes.timedOut },
  dropped: { text: 'starts that the generator dropped', read: ({ outcomes }) => outcomes.dropped },
  p50_ms: { text: 'response time, median', read: ({ responseTime }) => responseTime.p50 },
  p99_ms: { text: 'response time, 99th percentile', read: ({ responseTime }) => responseTime.p99 },
  max_ms: { text: 'response time, longest', read: ({ responseTime }) => responseTime.max },
  exposure_s: { text: 'longest use after a sign-out', read: ({ exposure }) => toSeconds(exposure?.max) },
  recovery_s: {
    text: 'from a fault until all answers are right again',
    read: ({ recoveryMs }) => toSeconds(recoveryMs),
  },
  requests_per_second: {
    text: 'requests per second, achieved',
    read: ({ rate, responseTime }) => (responseTime.count === 0 ? null : rate.achieved),
  },
};

const OPERATORS = {
  '<=': (value: number, bound: number) => value <= bound,
  '>=': (value: number, bound: number) => value >= bound,
  '=': (value: number, bound: number) => value === bound,
  '<': (value: number, bound: number) => value < bound,
  '>': (value: number, bound: number) => value > bound,
};
type Operator = keyof typeof OPERATORS;

export interface Threshold {
  readonly name: string;
  readonly operator: Operator;
  readonly bound: number;
}

/** Name and meaning of each, for help texts. */
export const listThresholds = (): [name: string, text: string][] =>
  Object.entries(METRICS).map(([name, { text }]) => [name, text]);

/** @throws LabError (64) that says what is allowed. */
export function parseThreshold(text: string): Threshold {
  const [, name, operator, bound] = /^\s*([\w-]+)\s*(<=|>=|=|<|>)\s*(\d+(?:\.\d+)?)\s*$/.exec(text) ?? [];
  if (name === undefined || operator === undefined || bound === undefined)
    throw createUsageError(
      `--threshold "${text}" is not a name, one of = <= < >= >, and a number. Example: 'unexpected_401=0'`,
    );
  if (!Object.hasOwn(METRICS, name))
    throw createUsageError(describeUnknownName('threshold', name, Object.keys(METRICS)));
  return { name, operator: operator as Operator, bound: Number(bound) };
}

/** The report with a check for each threshold. It must hold in every part that has such a value. */
export function applyThresholds(report: Report, thresholds: readonly Threshold[]): Report {
  if (thresholds.length === 0) return report;
  const added = thresholds.map((threshold) => checkThreshold(report.parts, threshold));
  const checks = [...report.checks, ...added];
  const missed = added
    .filter(({ outcome }) => outcome !== 'holds')
    .map(({ text, detail }) => ` Threshold ${text}: ${detail}.`);
  return {
    ...report,
    checks,
    verdict: pickWorse(report.verdict, decideVerdict(report.cells, checks)),
    sentence: report.sentence + missed.join(''),
  };
}

/** An incomplete run stays unknown, whatever its thresholds say. */
const pickWorse = (before: Verdict, after: Verdict): Verdict =>
  before === 'holds' || after === 'broken' ? after : before;

const SHOWN = 3;

function checkThreshold(parts: readonly PartSummary[], { name, operator, bound }: Threshold): Check {
  const base = { id: `threshold-${name}`, text: `${name} ${operator} ${bound}`, kind: 'threshold' as const };
  const measured = parts.flatMap((part) => {
    const value = METRICS[name]?.read(part) ?? null;
    return value === null ? [] : [{ value, part }];
  });
  const missed = measured.filter(({ value }) => !OPERATORS[operator](value, bound));
  if (measured.length === 0) return { ...base, outcome: 'unknown', detail: 'no part measured it' };
  if (missed.length === 0)
    return { ...base, outcome: 'holds', detail: `in all ${measured.length} parts that measured it` };
  const shown = missed.slice(0, SHOWN).map(({ part, value }) => `${formatValue(value)} in ${namePart(part)}`);
  const more = missed.length > SHOWN ? `, and ${missed.length - SHOWN} more` : '';
  return { ...base, outcome: 'broken', detail: `missed: ${shown.join('; ')}${more}` };
}

const formatValue = (value: number): string => value.toLocaleString('en-US', { maximumFractionDigits: 2 });
