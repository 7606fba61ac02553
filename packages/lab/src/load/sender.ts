// One HTTP request as cheaply as undici allows (dispatch, no streams): the generator shares its cores with what it measures.

import { type Dispatcher, Pool } from 'undici';

export interface Answer {
  /** Undefined when no whole answer came. */
  readonly status: number | undefined;
  readonly body: string;
  /** `x-served-by` */
  readonly server: string | undefined;
  readonly setCookies: readonly string[];
  /** s; undefined where it does not say, or says a date. */
  readonly retryAfter?: number;
  readonly failure: 'connectionRefused' | 'connectionBroken' | 'timedOut' | undefined;
}

export interface Message {
  readonly method: 'GET' | 'POST' | 'DELETE';
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

export interface Sender {
  send(message: Message, done: (answer: Answer) => void): void;
  /** Sockets that are open now. */
  readonly openSockets: number;
  close(): Promise<void>;
}

export interface SenderOptions {
  /** ms for the head of an answer, and again between two parts of it. */
  readonly timeoutMs: number;
  readonly connections: number;
  /** Any certificate will do: `--insecure`. */
  readonly insecure?: boolean;
}

/** As many connections as requests may be in flight: none waits for a free one. */
export function createSender(url: string, { timeoutMs, connections, insecure = false }: SenderOptions): Sender {
  const { origin, pathname } = new URL(url);
  const prefix = pathname.replace(/\/$/, '');
  const pool = new Pool(origin, {
    connections,
    pipelining: 1,
    headersTimeout: timeoutMs,
    bodyTimeout: timeoutMs,
    connectTimeout: timeoutMs,
    // As over HTTP, so that the two compare, and a connection that breaks takes one request with it.
    allowH2: false,
    ...(insecure ? { connect: { rejectUnauthorized: false } } : {}),
  });
  return {
    send({ method, path, headers, body }, done) {
      pool.dispatch({ path: prefix + path, method, headers, body: body ?? null }, collect(done));
    },
    get openSockets() {
      return pool.stats.connected;
    },
    close: () => pool.destroy(),
  };
}

export const sendAndWait = (sender: Sender, message: Message): Promise<Answer> =>
  new Promise((resolve) => sender.send(message, resolve));

function collect(done: (answer: Answer) => void): Dispatcher.DispatchHandler {
  let status: number | undefined;
  let server: string | undefined;
  let setCookies: readonly string[] = [];
  let retryAfter: { retryAfter?: number } = {};
  let body = '';
  return {
    onRequestStart() {},
    onResponseStart(_controller, statusCode, headers) {
      status = statusCode;
      const describeServers = headers['x-served-by'];
      server = typeof describeServers === 'string' ? describeServers : undefined;
      const later = Number(headers['retry-after']);
      if (Number.isFinite(later)) retryAfter = { retryAfter: later };
      const cookies = headers['set-cookie'];
      setCookies = cookies === undefined ? [] : Array.isArray(cookies) ? cookies : [cookies];
    },
    onResponseData(_controller, chunk) {
      body += chunk.toString('latin1');
    },
    onResponseEnd() {
      done({ status, body, server, setCookies, ...retryAfter, failure: undefined });
    },
    onResponseError(_controller, error) {
      done({ status: undefined, body: error.message, server, setCookies: [], failure: classifyFailure(error) });
    },
  };
}

function classifyFailure(error: Error & { code?: string }): NonNullable<Answer['failure']> {
  const { code = '' } = error;
  if (/TIMEOUT/.test(code)) return 'timedOut';
  return code === 'ECONNREFUSED' ? 'connectionRefused' : 'connectionBroken';
}
