// Load on one server: closed loop, a fixed number of connections, each asking again as soon as it is answered. The highest
// throughput comes out of it, and the time of an answer at that throughput; not the latency of a server with room to spare.

export interface Load {
  readonly url: string;
  /** What a line of the file is: the value of this header of a GET, or with `body` the JSON of a POST; `none`: not used. */
  readonly each: 'none' | 'body' | 'cookie' | 'authorization';
  /** One a line, all of one length where there are more than 10,000; requests go through them in turn. */
  readonly file: string;
  /** The first line to be used, from 0. */
  readonly from: number;
  readonly seconds: number;
  readonly connections: number;
}

export interface LoadResult {
  readonly requests: number;
  readonly seconds: number;
  /** Times of answers (histogram.ts). */
  readonly histogram: string;
  /** Answers that were not 2xx. */
  readonly not2xx: number;
  /** Connections refused or broken, answers that could not be read, time-outs. */
  readonly errors: number;
}
