// What a run records: runs/<run>/events.ndjson, in order, append-only. Everything in a report follows from these events, so
// that `npm run lab -- report runs/<run>` can make the report again. Times are ms of one monotonic clock since the part began.

/** What came back to one request, as the ledger decided when the answer came. */
export type Outcome =
  | 'ok'
  | 'signedOut'
  | 'wrongUser'
  | 'acceptedAfterSignOut'
  | 'refused'
  | 'connectionRefused'
  | 'connectionBroken'
  | 'timedOut'
  | 'serverError'
  | 'otherStatus'
  | 'dropped';

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
  /** The users that it may sign out: those of the named servers, or all. */
  readonly excuses?: { readonly servers: readonly string[] | 'all'; readonly cause: string };
}

export interface GeneratorEvent {
  readonly type: 'generator';
  /** For how long it was watched; absent in older files. */
  readonly ms?: number;
  /** Share of one core; more than 1 where threads of the compiler and the garbage collector work, too. */
  readonly cpu: number;
  readonly eventLoopDelayP99: number;
  readonly requestsInFlightMax: number;
  /** Nothing of it is timed, as in a roll call. */
  readonly warmUp?: true;
}

export type Event =
  | { readonly type: 'part'; readonly side: string; readonly scenario: string; readonly at: number }
  | { readonly type: 'part-end'; readonly at: number; readonly liveSessions: number; readonly openSockets: number }
  /** An acknowledged sign-in; `ms` is what it took. */
  | {
      readonly type: 'sign-in';
      readonly at: number;
      readonly user: number;
      readonly server: string;
      readonly ms: number;
    }
  /** An acknowledged sign-out. */
  | { readonly type: 'sign-out'; readonly at: number; readonly user: number; readonly server: string }
  | RequestEvent
  | MarkEvent
  | {
      readonly type: 'figure';
      readonly name: string;
      readonly value: number;
      readonly unit: string;
      readonly text: string;
    }
  | { readonly type: 'server'; readonly name: string; readonly rssBytes?: number; readonly heapBytes?: number }
  | GeneratorEvent
  /** The last line of a complete run. */
  | { readonly type: 'end'; readonly durationMs: number };
