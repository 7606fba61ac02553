// One request with its answer: `trace` receives it, and format-exchange.ts prints it.

/** A request as it was sent. */
export interface SentRequest {
  readonly method: string;
  readonly url: string;
  /** The headers that this package adds; undici adds host, connection and content-length. */
  readonly headers: Readonly<Record<string, string>>;
  /** The value that was sent as JSON; undefined if there was no body. */
  readonly body: unknown;
}

/** An answer of the server, whatever its status. */
export interface ReceivedAnswer {
  readonly status: number;
  /** Lower-case names. A header that came several times is an array. */
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** The parsed JSON, or the text if it is not JSON; undefined if it is empty. */
  readonly body: unknown;
  /** The instance that answered (`x-served-by`). */
  readonly servedBy: string | undefined;
}

/** It holds credentials and passwords in full: print it only with `formatExchange`. */
export interface Exchange {
  readonly request: SentRequest;
  /** undefined: there was no answer; `failure` says why. */
  readonly answer: ReceivedAnswer | undefined;
  readonly failure: Error | undefined;
  /** ms from the call to the last byte of the answer. */
  readonly durationMs: number;
}

/** Called with each exchange. An exchange holds credentials: print it with `formatExchange` only. */
export type Trace = (exchange: Exchange) => void;
