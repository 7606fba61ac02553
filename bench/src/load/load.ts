// Load on one server: closed loop, a fixed number of connections, each asking again as soon as it is answered. The highest
// throughput comes out of it, and the time of an answer at that throughput; not the latency of a server with room to spare.

export interface Load {
  readonly url: string;
  readonly header: string;
  /** One header value a line, all of one length where there are more than 10,000; requests go through them in turn. */
  readonly file: string;
  /** The first line to be used, from 0. */
  readonly from: number;
  readonly seconds: number;
  readonly connections: number;
}

export interface LoadResult {
  readonly perSecond: number;
  readonly requests: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
  /** Answers that were not 2xx. */
  readonly not2xx: number;
  /** Connections refused or broken, answers that could not be read, time-outs. */
  readonly errors: number;
}
