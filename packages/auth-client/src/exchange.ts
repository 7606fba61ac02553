// One request and what came back: what `trace` receives, and what format-exchange.ts prints.

export interface SentRequest {
  readonly method: string;
  readonly url: string;
  /** Exactly those that this package adds; undici adds host, connection and content-length. */
  readonly headers: Readonly<Record<string, string>>;
  /** The value that was sent as JSON; undefined when there was no body. */
  readonly body: unknown;
}

export interface ReceivedAnswer {
  readonly status: number;
  /** Lower-case names. A header that came several times is an array. */
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** Parsed when it is JSON, else the text; undefined when it is empty. */
  readonly body: unknown;
  /** The instance that answered (`x-served-by`). */
  readonly servedBy: string | undefined;
}

/** Holds credentials and passwords in full: print it with `formatExchange`, never as it is. */
export interface Exchange {
  readonly request: SentRequest;
  /** undefined: no answer; `failure` says why. */
  readonly answer: ReceivedAnswer | undefined;
  readonly failure: Error | undefined;
  /** ms from the call to the last byte of the answer. */
  readonly durationMs: number;
}

export type Trace = (exchange: Exchange) => void;
