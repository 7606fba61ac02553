// The result of an experiment. Every format (terminal, JSON, Markdown, HTML) prints this object and computes nothing.
// `npm run lab -- schema` prints its JSON Schema, which is made from this file.
//
//   raw events ── fold ──> PartSummary (one for each scenario × side) ── judge ──> cells, checks, verdict ──> Report

import { z } from 'zod';

export const REPORT_SCHEMA = 'statecraft.report/2';

const ms = z.number().describe('milliseconds');
const count = z.int().min(0);

export const Verdict = z.enum(['holds', 'broken', 'unknown']);
export type Verdict = z.infer<typeof Verdict>;

/** One column: a mode, and how its users reach the servers. */
export const Side = z.object({
  id: z.string().describe('`jwt`, `memory`, `memory+affinity`, `redis`, `redis+tracked`, …'),
  text: z.string().describe('what a column head says'),
  /** Why it was not measured, and what to type to measure it. */
  missing: z.string().optional(),
});
export type Side = z.infer<typeof Side>;

export const Scenario = z.object({ id: z.string(), text: z.string() });
export type Scenario = z.infer<typeof Scenario>;

/** Requests by what came back. A timeout is neither success nor failure. */
export const Outcomes = z.object({
  ok: count,
  /** 401 to a user whose sign-in was acknowledged and who did not sign out. */
  signedOut: count,
  wrongUser: count,
  /** Still accepted after an acknowledged sign-out. */
  acceptedAfterSignOut: count,
  /** 401 after a sign-out or expiry, which is right. */
  refused: count,
  connectionRefused: count,
  connectionBroken: count,
  timedOut: count,
  serverError: count.describe('5xx'),
  otherStatus: count.describe('any other status, 429 and 409 among them'),
  /** Planned starts that the generator dropped. */
  dropped: count,
});
export type Outcomes = z.infer<typeof Outcomes>;

export const Percentiles = z.object({
  count,
  /** Null with too few samples (p99.9 needs 100,000). */
  p50: ms.nullable(),
  p90: ms.nullable(),
  p99: ms.nullable(),
  p999: ms.nullable(),
  max: ms.nullable(),
  mean: ms.nullable(),
});
export type Percentiles = z.infer<typeof Percentiles>;

/** One step of the time chart. Requests count in the bin of their intended start. */
export const Bin = z.object({
  /** ms since the part began. */
  at: ms,
  ok: count,
  /** refused, broken, timed out, 5xx, other */
  failed: count,
  signedOut: count,
  wrongUser: count,
  p50: ms.nullable(),
  p99: ms.nullable(),
  /** Users by what they last saw, at the end of the bin. */
  users: z.object({ signedIn: count, signedOut: count, wronglySignedIn: count, unknown: count }),
});
export type Bin = z.infer<typeof Bin>;

/** Something that was done to the system, with the proof that it happened. */
export const Mark = z.object({
  at: ms.describe('since the part began'),
  until: ms.optional(),
  kind: z.string().describe('`kill`, `restart`, `scale`, `redis-kill`, …'),
  text: z.string(),
  proof: z.record(z.string(), z.union([z.string(), z.number(), z.null()])).describe('pid, signal, exit code, run_id …'),
});
export type Mark = z.infer<typeof Mark>;

/** How good the generator itself was. If it was too late, the verdict is unknown. */
export const Generator = z.object({
  latenessP50: ms.nullable(),
  latenessP99: ms.nullable(),
  latenessMax: ms.nullable(),
  cpu: z.number().describe('share of one core over the timed load, or over 500 ms where that was shorter'),
  eventLoopDelayP99: ms,
  dropped: count,
  /** Within the bounds at which a figure is believable. */
  believable: z.boolean(),
});
export type Generator = z.infer<typeof Generator>;

/** Acknowledged sign-ins or sign-outs around a failover. Times: ms since it began, negative before it. */
const Acknowledged = z.object({
  count,
  /** Gone at the end: the user is signed out, or signed in again. */
  lost: count,
  firstLostMs: ms.nullable(),
  lastLostMs: ms.nullable(),
});

const Failures = z.object({
  count,
  /** From the start of the first to the end of the last. */
  firstMs: ms.nullable(),
  lastMs: ms.nullable(),
  /** Right answers after the last failure, or after the failover. */
  rightAfter: count,
});

/** What a failover of Redis cost. */
export const Failover = z.object({
  signIns: Acknowledged,
  signOuts: Acknowledged,
  /** Users who were answered 401 and were signed in afterwards. */
  falselyRefused: count,
  /** "Who am I?" */
  reads: Failures,
  /** Sign-ins and sign-outs. */
  writes: Failures,
  /** Of the users who asked for anything between the first and the last failure. */
  users: z.object({ asked: count, failed: count }),
});
export type Failover = z.infer<typeof Failover>;

/** What happened in one part of a run: one side in one scenario. */
export const PartSummary = z.object({
  side: z.string(),
  scenario: z.string(),
  durationMs: ms,
  rate: z.object({ planned: z.number(), achieved: z.number() }).describe('requests per second'),
  signIns: count,
  signOuts: count,
  outcomes: Outcomes,
  /** From the intended moment to the last byte. */
  responseTime: Percentiles,
  /** From sending to the last byte. */
  serviceTime: Percentiles,
  signInTime: Percentiles,
  /** All lost users are counted; at most 1,000 are named, and a few more without a known cause. */
  lost: z.object({
    count,
    named: z.array(z.object({ user: z.string(), at: ms, server: z.string().optional(), cause: z.string().nullable() })),
  }),
  /** Last accepted use − acknowledged sign-out, over all users who signed out; null where no user did. */
  exposure: z
    .object({
      users: count,
      accepted: count,
      /** Of the accepted: those that a fault explains. */
      excused: count.optional(),
      p50: ms.nullable(),
      max: ms.nullable(),
    })
    .nullable(),
  /** From a fault to the first of ten right answers in a row; null without a fault, or without such answers. */
  recoveryMs: ms.nullable(),
  failover: Failover.optional(),
  servers: z.array(
    z.object({ name: z.string(), answered: count, rssBytes: count.optional(), heapBytes: count.optional() }),
  ),
  /** What else was measured: `redis_bytes_per_user`, `signed_in_at_victim` … */
  figures: z.record(z.string(), z.object({ value: z.number(), unit: z.string(), text: z.string() })),
  marks: z.array(Mark),
  bins: z.array(Bin),
  generator: Generator,
});
export type PartSummary = z.infer<typeof PartSummary>;

/** A cell of the matrix scenario × side. */
export const Cell = z.object({
  scenario: z.string(),
  side: z.string(),
  /** What the table prints: "all stay signed in", "312 of 1,000 signed out". */
  text: z.string(),
  /** Whether the mode did what it promises; null when it was not measured. */
  outcome: Verdict.nullable(),
  /** Is it good news for those who run this mode? A kept promise can be bad news. */
  tone: z.enum(['good', 'bad', 'neutral']),
  lost: count.optional(),
  exposureMs: ms.optional(),
  p99Ms: ms.optional(),
  errors: count.optional(),
  figures: z
    .array(z.string())
    .optional()
    .describe('names of figures of the part that the cell is about: bars on a page'),
  /** Status codes, pids, counts. */
  evidence: z.array(z.string()),
});
export type Cell = z.infer<typeof Cell>;

export const Check = z.object({
  id: z.string(),
  text: z.string().describe('"no user is signed in as another user"'),
  kind: z.enum(['ledger', 'experiment', 'control', 'generator', 'threshold']),
  outcome: Verdict,
  detail: z.string(),
});
export type Check = z.infer<typeof Check>;

export const Environment = z.object({
  cpu: z.string(),
  cores: z.number(),
  memoryBytes: z.number(),
  platform: z.string().describe('system, kernel, architecture'),
  node: z.string(),
  redis: z.string().optional(),
  postgres: z.string().optional(),
  nginx: z.string().optional(),
  gateway: z.string().optional().describe('`embedded` or `nginx`'),
  pinned: z.string().optional().describe('which processes were kept to which cores'),
  limits: z.record(z.string(), z.union([z.string(), z.number()])).describe('open files, memory …'),
  commit: z.string().optional(),
  lockfile: z.string().optional().describe('first 12 hex digits of SHA-256 of pnpm-lock.yaml'),
  /** ISO 8601 */
  measuredAt: z.string(),
});
export type Environment = z.infer<typeof Environment>;

export const Report = z.object({
  schema: z.literal(REPORT_SCHEMA),
  experiment: z.string(),
  title: z.string(),
  question: z.string(),
  hypothesis: z.string(),
  verdict: Verdict,
  /** The verdict is about the measured sides only. */
  coverage: z.object({ measured: count, of: count }).describe('sides that were measured, of all sides of this run'),
  /** One sentence that says what was seen; first in every format. */
  sentence: z.string(),
  sides: z.array(Side),
  scenarios: z.array(Scenario),
  cells: z.array(Cell),
  checks: z.array(Check),
  parts: z.array(PartSummary),
  /** What was not measured, and what a reader must know: "relative comparison, same machine". */
  notes: z.array(z.string()),
  /** Exact last lines that the course asks for: `[Stateless] 1000 requests in 2.3s …`. */
  lines: z.array(z.string()),
  seed: z.number(),
  /** The command line that runs it again. */
  again: z.string(),
  durationMs: ms,
  environment: Environment,
});
export type Report = z.infer<typeof Report>;
