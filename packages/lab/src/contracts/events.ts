// What is written down while a run goes on, in order, append-only: runs/<run>/events.ndjson. Everything in a report follows
// from these, and `pnpm lab report runs/<run>` makes it again.

/** What came back to one request. `outcome` as in the report's Outcomes, decided by the ledger at the moment of the answer. */
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

/** Times are ms of one monotonic clock, since the part began. */
export type Event =
  | { readonly type: 'part'; readonly side: string; readonly scenario: string; readonly at: number }
  | { readonly type: 'part-end'; readonly at: number; readonly liveSessions: number; readonly openSockets: number }
  /** An acknowledged sign-in of user number `user`. */
  | {
      readonly type: 'sign-in';
      readonly at: number;
      readonly user: number;
      readonly server: string;
      readonly ms: number;
    }
  /** An acknowledged sign-out. */
  | { readonly type: 'sign-out'; readonly at: number; readonly user: number; readonly server: string }
  | {
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
      /** Thrown away in the figures, but not in the ledger's checks. */
      readonly warmUp?: true;
    }
  | {
      readonly type: 'mark';
      readonly at: number;
      readonly until?: number;
      readonly kind: string;
      readonly text: string;
      readonly proof: Readonly<Record<string, string | number | null>>;
      /** Users who may be signed out by it, by the experiment's own reckoning: servers whose memory is gone, or `all`. */
      readonly excuses?: { readonly servers: readonly string[] | 'all'; readonly cause: string };
    }
  | {
      readonly type: 'figure';
      readonly name: string;
      readonly value: number;
      readonly unit: string;
      readonly text: string;
    }
  | { readonly type: 'server'; readonly name: string; readonly rssBytes?: number; readonly heapBytes?: number }
  | {
      readonly type: 'generator';
      /** How long it was watched; absent in older raw files. */
      readonly ms?: number;
      /** Share of one core meanwhile; more than 1 where the compiler's and the collector's threads work, too. */
      readonly cpu: number;
      readonly eventLoopDelayP99: number;
      readonly requestsInFlightMax: number;
      /** As of a request: a roll call, of which nothing is timed. */
      readonly warmUp?: true;
    }
  /** The last line of a run that came to its end. */
  | { readonly type: 'end'; readonly durationMs: number };
