// What a run records: runs/<run>/events.ndjson, in order, append-only. Everything in a report follows from these
// events, so that `npm run lab -- report runs/<run>` can make the report again. Times are ms since the part began
// (monotonic).

import type { Outcomes } from './report.ts';

/** What came back to one request, as the ledger decided when the answer came. */
export type Outcome = keyof Outcomes;

export interface RequestEvent {
  readonly type: 'request';
  /** The intended start. */
  readonly at: number;
  /** Sent this much later, ms. */
  readonly late: number;
  /** From sending to the last byte, ms. */
  readonly ms: number;
  readonly user: number;
  readonly outcome: Outcome;
  readonly server?: string;
  readonly status?: number;
  /** A sign-in or a sign-out that was not acknowledged; absent: "who am I?". */
  readonly what?: 'sign-in' | 'sign-out';
  /** Not counted in the figures, but in the checks of the ledger. */
  readonly warmUp?: true;
}

/** Something that was done to the system, with the proof that it happened. */
export interface MarkEvent {
  readonly type: 'mark';
  readonly at: number;
  readonly until?: number;
  readonly kind: string;
  readonly text: string;
  readonly proof: Readonly<Record<string, string | number | null>>;
  readonly excuses?: Excuse;
}

interface Excuse {
  /** The users that the fault may sign out: those of the named servers, or all. */
  readonly servers: readonly string[] | 'all';
  readonly cause: string;
  /** Only sign-ins that were acknowledged within this time of the fault, before or after, ms; and sign-outs, too. */
  readonly withinMs?: number;
}

export interface GeneratorEvent {
  readonly type: 'generator';
  /** For how long it was watched; absent in older files. */
  readonly ms?: number;
  /** Share of one core; more than 1 where threads of the compiler and the garbage collector work, too. */
  readonly cpu: number;
  readonly eventLoopDelayP99: number;
  /** Nothing of it is timed, as in a roll call. */
  readonly warmUp?: true;
}

/** An acknowledged sign-in, which took `ms`, or an acknowledged sign-out. */
interface UserEvent {
  readonly at: number;
  readonly user: number;
  readonly server: string;
}

/** Something that was measured besides requests. */
interface Figure {
  readonly value: number;
  readonly unit: string;
  readonly text: string;
}

export type Event =
  | { readonly type: 'part'; readonly side: string; readonly scenario: string; readonly at: number }
  | { readonly type: 'part-end'; readonly at: number }
  | (UserEvent & { readonly type: 'sign-in'; readonly ms: number })
  | (UserEvent & { readonly type: 'sign-out' })
  | RequestEvent
  | MarkEvent
  | (Figure & { readonly type: 'figure'; readonly name: string })
  | { readonly type: 'server'; readonly name: string; readonly rssBytes?: number; readonly heapBytes?: number }
  | GeneratorEvent
  /** The last line of a complete run. */
  | { readonly type: 'end'; readonly durationMs: number };
