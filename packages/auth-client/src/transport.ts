// Sends one request with undici, and reads the whole answer. Both clients use it; it handles no credentials.
//
//   client ── method, URL, body, credential header ──> transport ── HTTP ──> server
//                                                          └── exchange ──> trace

import { type Dispatcher, errors, request } from 'undici';
import { ClientError } from './errors.ts';
import type { Exchange, ReceivedAnswer, SentRequest, Trace } from './exchange.ts';

/** Options of both clients. */
export interface ClientOptions {
  /** http or https, with the path prefix if there is one: `http://localhost:8080/api/stateless`. */
  readonly baseUrl: string;
  /** An undici dispatcher (pool, agent, proxy) instead of the global one. The caller closes it. */
  readonly dispatcher?: Dispatcher;
  /** Time for a whole exchange, including the answer, ms; beyond it ERR_CLIENT_TIMEOUT. Default 10,000. */
  readonly timeoutMs?: number;
  /** Called once after each exchange, also after a failed one. */
  readonly trace?: Trace;
}

/** The default options of both clients. */
export const CLIENT_DEFAULTS = { timeoutMs: 10_000 } as const;

/** Redirects are not followed, so a credential never reaches another host. */
export interface Transport {
  readonly baseUrl: string;
  /** @throws ERR_CLIENT_TIMEOUT, ERR_CLIENT_UNREACHABLE, ERR_CLIENT_REQUEST_INVALID */
  send(
    method: string,
    url: string,
    options: { headers: Record<string, string>; body: unknown },
  ): Promise<{ exchange: Exchange; answer: ReceivedAnswer }>;
}

export function createTransport(options: ClientOptions): Transport {
  const { dispatcher, trace, timeoutMs = CLIENT_DEFAULTS.timeoutMs } = options;
  const baseUrl = checkBaseUrl(options.baseUrl);
  if (!Number.isSafeInteger(timeoutMs) || timeoutMs < 1)
    throw new ClientError('ERR_CLIENT_OPTION_INVALID', 'timeoutMs must be a whole number of ms, at least 1.');

  async function receive(sent: SentRequest): Promise<ReceivedAnswer> {
    const answer = await request(sent.url, {
      method: sent.method,
      headers: sent.headers,
      body: sent.body === undefined ? null : JSON.stringify(sent.body),
      signal: AbortSignal.timeout(timeoutMs),
      ...(dispatcher === undefined ? {} : { dispatcher }),
    });
    const text = await answer.body.text();
    const servedBy = joinHeader(answer.headers['x-served-by']);
    return { status: answer.statusCode, headers: answer.headers, body: parseBody(text, answer.headers), servedBy };
  }

  return {
    baseUrl,

    async send(method, url, { headers, body }) {
      const type = body === undefined ? {} : { 'content-type': 'application/json' };
      const sent: SentRequest = { method, url, headers: { ...headers, ...type }, body };
      const startedAt = performance.now();
      const finish = (answer: ReceivedAnswer | undefined, failure: Error | undefined): Exchange => {
        const exchange = { request: sent, answer, failure, durationMs: performance.now() - startedAt };
        trace?.(exchange);
        return exchange;
      };
      const answer = await receive(sent).catch((cause: unknown) => {
        const failure = explainFailure(cause, sent, timeoutMs);
        finish(undefined, failure);
        throw failure;
      });
      return { exchange: finish(answer, undefined), answer };
    },
  };
}

function checkBaseUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const usable =
    url !== undefined &&
    /^https?:$/.test(url.protocol) &&
    `${url.username}${url.password}${url.search}${url.hash}` === '';
  if (!usable)
    throw new ClientError(
      'ERR_CLIENT_OPTION_INVALID',
      'baseUrl must be an http or https URL without user, query and fragment, such as http://localhost:3000.',
    );
  return url.origin + url.pathname.replace(/\/+$/, '');
}

function joinHeader(header: string | string[] | undefined): string | undefined {
  return Array.isArray(header) ? header.join(', ') : header;
}

function parseBody(text: string, headers: ReceivedAnswer['headers']): unknown {
  if (text === '') return undefined;
  if (!/\bjson\b/i.test(joinHeader(headers['content-type']) ?? '')) return text;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** An error that says what happened, the likely cause, and what to do next. */
function explainFailure(cause: unknown, { method, url }: SentRequest, timeoutMs: number): ClientError {
  const { origin } = new URL(url);
  const late = cause instanceof errors.HeadersTimeoutError || cause instanceof errors.BodyTimeoutError;
  if (late || (cause instanceof Error && cause.name === 'TimeoutError'))
    return new ClientError(
      'ERR_CLIENT_TIMEOUT',
      `${method} ${url} got no complete answer within ${timeoutMs} ms. The server is overloaded, stopped, or waits ` +
        `for its store; whether the request took effect is unknown. Check ${origin}/ready and the server's log, or ` +
        'raise timeoutMs.',
      { cause },
    );
  if (cause instanceof errors.InvalidArgumentError || cause instanceof TypeError)
    return new ClientError('ERR_CLIENT_REQUEST_INVALID', `${method} ${url} cannot be sent: ${cause.message}`, {
      cause,
    });
  return new ClientError(
    'ERR_CLIENT_UNREACHABLE',
    `${method} ${url} failed: ${describeCause(cause)}. Is the server running, and is this its port? Start it, or try ` +
      `curl ${origin}/health`,
    { cause },
  );
}

function describeCause(cause: unknown): string {
  const { code, message } = cause as { code?: string; message?: string };
  if (code === 'ECONNREFUSED') return 'nothing listens there (ECONNREFUSED)';
  if (code === 'ENOTFOUND') return 'no such host (ENOTFOUND)';
  return `the connection broke (${code ?? message ?? 'unknown'})`;
}
