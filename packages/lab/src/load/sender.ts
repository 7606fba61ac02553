// One HTTP request as cheaply as undici allows (dispatch, no streams): the generator shares its cores with what it measures.

import { type Dispatcher, Pool } from 'undici';

export interface Answer {
  /** Undefined when no complete answer came. */
  readonly status: number | undefined;
  readonly body: string;
  /** `x-served-by` */
  readonly server: string | undefined;
  readonly setCookies: readonly string[];
  /** Seconds; undefined without the header, or when it is a date. */
  readonly retryAfter?: number;
  readonly failure: 'connectionRefused' | 'connectionBroken' | 'timedOut' | undefined;
}

export interface Message {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

export type Sender = ReturnType<typeof createSender>;

export interface SenderOptions {
  /** ms for the head of an answer, and again between two parts of it. */
  readonly timeoutMs: number;
  readonly connections: number;
  /** Accept any certificate: `--insecure`. */
  readonly insecure?: boolean;
}

/** One sender for each URL, closed when `body` ends. */
export async function runWithSenders<T>(
  urls: readonly string[],
  options: SenderOptions,
  body: (senders: readonly Sender[]) => Promise<T>,
): Promise<T> {
  const senders = urls.map((url) => createSender(url, options));
  try {
    return await body(senders);
  } finally {
    await Promise.all(senders.map((sender) => sender.close()));
  }
}

/** With as many connections as requests in flight, no request waits for a connection. */
function createSender(url: string, { timeoutMs, connections, insecure = false }: SenderOptions) {
  const { origin, pathname } = new URL(url);
  const prefix = pathname.replace(/\/$/, '');
  const pool = new Pool(origin, {
    connections,
    pipelining: 1,
    headersTimeout: timeoutMs,
    bodyTimeout: timeoutMs,
    connectTimeout: timeoutMs,
    // As over plain HTTP, so that the two compare, and a broken connection takes one request with it.
    allowH2: false,
    ...(insecure ? { connect: { rejectUnauthorized: false } } : {}),
  });
  return {
    /** Never rejects: a failure is an answer without a status. */
    send: ({ method, path, headers, body }: Message) =>
      new Promise<Answer>((resolve) => {
        pool.dispatch({ path: prefix + path, method, headers, body: body ?? null }, collectAnswer(resolve));
      }),
    close: () => pool.destroy(),
  };
}

function collectAnswer(done: (answer: Answer) => void): Dispatcher.DispatchHandler {
  let status: number | undefined;
  let server: string | undefined;
  let setCookies: readonly string[] = [];
  let retryAfter: { retryAfter?: number } = {};
  let body = '';
  return {
    onRequestStart() {},
    onResponseStart(_controller, statusCode, headers) {
      status = statusCode;
      const servedBy = headers['x-served-by'];
      server = typeof servedBy === 'string' ? servedBy : undefined;
      const seconds = Number(headers['retry-after']);
      if (Number.isFinite(seconds)) retryAfter = { retryAfter: seconds };
      const cookies = headers['set-cookie'];
      setCookies = cookies === undefined ? [] : [cookies].flat();
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
