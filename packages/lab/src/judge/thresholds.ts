// Bounds that a run must keep, as typed: `signed_out=0`, `p99_ms<=50`. A report with thresholds has a check for each, and
// its verdict and sentence say when one was missed.

import { createUsageError } from '../common/errors.ts';
import { describeUnknownName } from '../common/names.ts';
import type { Check, PartSummary, Report, Verdict } from '../contracts/report.ts';
import { decideVerdict } from './ledger-checks.ts';

/** Null where a part has nothing to say: nobody signed out, so there is no exposure. */
const METRICS: Readonly<Record<string, { readonly text: string; readonly of: (part: PartSummary) => number | null }>> =
  {
    lost: { text: 'users signed out without asking for it', of: ({ lost }) => lost.count },
    signed_out: { text: 'answers 401 to users who were signed in', of: ({ outcomes }) => outcomes.signedOut },
    wrong_user: { text: 'answers that named somebody else', of: ({ outcomes }) => outcomes.wrongUser },
    after_sign_out: {
      text: 'answers after an acknowledged sign-out',
      of: ({ outcomes }) => outcomes.acceptedAfterSignOut,
    },
    errors: { text: 'requests that failed: no connection, broken, timed out, 5xx, other', of: countErrors },
    timeouts: { text: 'requests without an answer in time', of: ({ outcomes }) => outcomes.timedOut },
    dropped: { text: 'starts that the generator dropped', of: ({ outcomes }) => outcomes.dropped },
    p50_ms: { text: 'response time, median', of: ({ responseTime }) => responseTime.p50 },
    p99_ms: { text: 'response time, 99th percentile', of: ({ responseTime }) => responseTime.p99 },
    max_ms: { text: 'response time, longest', of: ({ responseTime }) => responseTime.max },
    exposure_s: { text: 'longest use after a sign-out', of: ({ exposure }) => toSeconds(exposure?.max) },
    recovery_s: { text: 'from a fault until all is as it should be', of: ({ recoveryMs }) => toSeconds(recoveryMs) },
    requests_per_second: {
      text: 'requests per second, achieved',
      of: ({ rate, responseTime }) => (responseTime.count === 0 ? null : rate.achieved),
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

/** For help texts: name and meaning. */
export const listThresholds = (): [name: string, text: string][] =>
  Object.entries(METRICS).map(([name, { text }]) => [name, text]);

/** @throws LabError (64) that says what is allowed. */
export function parseThreshold(text: string): Threshold {
  const [, name, operator, bound] = /^\s*([\w-]+)\s*(<=|>=|=|<|>)\s*(\d+(?:\.\d+)?)\s*$/.exec(text) ?? [];
  if (name === undefined || operator === undefined || bound === undefined)
    throw createUsageError(
      `--threshold "${text}" is not a name, one of = <= < >= >, and a number. Example: 'signed_out=0'`,
    );
  if (!Object.hasOwn(METRICS, name))
    throw createUsageError(describeUnknownName('threshold', name, Object.keys(METRICS)));
  return { name, operator: operator as Operator, bound: Number(bound) };
}

/** The report with a check for each threshold, which must hold in every part that has something to say. */
export function applyThresholds(report: Report, thresholds: readonly Threshold[]): Report {
  if (thresholds.length === 0) return report;
  const added = thresholds.map((threshold) => checkOf(report.parts, threshold));
  const checks = [...report.checks, ...added];
  const missed = added
    .filter(({ outcome }) => outcome !== 'holds')
    .map(({ text, detail }) => ` Threshold ${text}: ${detail}.`);
  return {
    ...report,
    checks,
    verdict: worse(report.verdict, decideVerdict(report.cells, checks)),
    sentence: report.sentence + missed.join(''),
  };
}

/** A run that did not come to its end stays unknown, whatever its thresholds say. */
const worse = (before: Verdict, after: Verdict): Verdict => (before === 'holds' || after === 'broken' ? after : before);

function checkOf(parts: readonly PartSummary[], { name, operator, bound }: Threshold): Check {
  const base = { id: `threshold-${name}`, text: `${name} ${operator} ${bound}`, kind: 'threshold' as const };
  const seen = parts.flatMap((part) => {
    const value = METRICS[name]?.of(part) ?? null;
    return value === null ? [] : [{ value, where: `${part.side}, ${part.scenario}` }];
  });
  const bad = seen.filter(({ value }) => !OPERATORS[operator](value, bound));
  if (seen.length === 0) return { ...base, outcome: 'unknown', detail: `nothing of that kind was measured` };
  if (bad.length === 0) return { ...base, outcome: 'holds', detail: `in all ${seen.length} parts that measured it` };
  const told = bad.slice(0, 3).map(({ where, value }) => `${shown(value)} in ${where}`);
  const more = bad.length > told.length ? `, and ${bad.length - told.length} more` : '';
  return { ...base, outcome: 'broken', detail: `missed: ${told.join('; ')}${more}` };
}

const shown = (value: number): string => value.toLocaleString('en-US', { maximumFractionDigits: 2 });

const toSeconds = (ms: number | null | undefined): number | null => (ms == null ? null : ms / 1_000);

function countErrors({ outcomes: o }: PartSummary): number {
  return o.connectionRefused + o.connectionBroken + o.timedOut + o.serverError + o.otherStatus;
}
