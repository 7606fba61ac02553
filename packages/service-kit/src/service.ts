// A Fastify app with what every API needs: headers, errors, logs, metrics, health, API description, shutdown.
//
//   request → onRequest: requests.begin → hooks → handler, or an error → errors.ts → answer
//           → end of the answer: metrics and one log line

import type { Server } from 'node:http';
import Fastify, { type FastifyHttpOptions, type FastifyInstance } from 'fastify';
import { type AnswerHeaders, closeConnections, createAnswerHeaders, createResponseClass } from './answer-headers.ts';
import { createClientErrorHandler } from './client-errors.ts';
import { describeApi } from './docs.ts';
import { createErrorHandler, errorResponse, handleErrors } from './errors.ts';
import { createFailureLog } from './failure-log.ts';
import { createLogOptions, logRequests } from './log.ts';
import { exposeMetrics } from './metrics.ts';
import { exposeReadiness } from './readiness.ts';
import { type Requests, trackRequests } from './requests.ts';

export interface ServiceOptions {
  /** The API's title. */
  readonly name: string;
  readonly description: string;
  /** The API's version in /openapi.json. Default `0.1.0`. */
  readonly version?: string;
  /** In `x-served-by` and in every log line. */
  readonly instanceId: string;
  /** `fatal`, `error`, `warn`, `info`, `debug`, `trace`, or `silent`. */
  readonly logLevel: string;
  /** Where log lines are written instead of to stdout. */
  readonly logStream?: { write(line: string): void };
  /** Addresses and CIDR blocks of proxies, separated by commas. Default none. */
  readonly trustProxy?: string;
  /** Largest request body, bytes. Default 1 MiB. */
  readonly bodyLimit?: number;
  /** ms from the first byte of a request to its last. Default 30,000. */
  readonly requestTimeoutMs?: number;
  /** Whether /docs and /openapi.json exist. Default true. */
  readonly docs?: boolean;
  /** OpenAPI security schemes by name. */
  readonly securitySchemes?: Record<string, object>;
}

const DEFAULTS = { version: '0.1.0', bodyLimit: 1_048_576, requestTimeoutMs: 30_000, docs: true };

/**
 * Longest request header block, bytes: 16 KiB of a client, because cookies of other applications may be long, and 1 KiB
 * that a proxy adds. A longer one is answered with 431 (RFC 6585, 5).
 */
const MAX_HEADER_BYTES = 17 * 1024;
const HEADERS_TIMEOUT_MS = 10_000;
/** Longer than a proxy keeps an idle connection (nginx: 60 s), so that the proxy closes it and not this server. */
const KEEP_ALIVE_MS = 72_000;
/** How often Node looks for requests that are past their timeout. */
const TIMEOUT_CHECK_MS = 2_000;

/**
 * @returns an app with /health, /ready, /metrics, and unless `docs` is false /openapi.json and /docs
 * @throws ERR_INVALID_CHAR if `instanceId` is not a valid header value
 */
export async function createService(options: ServiceOptions): Promise<FastifyInstance> {
  const settings = { ...DEFAULTS, ...options };
  const headers = createAnswerHeaders(options.instanceId);
  const requests = trackRequests();
  const logFailure = createFailureLog();
  const app = Fastify(createServerOptions(settings, headers, requests, createErrorHandler(logFailure)));
  app.addHook('onRequest', (request, reply, done) => {
    requests.begin(request, reply);
    done();
  });
  // JSON only: a form of another site can send text/plain without a preflight (ASVS 3.5.x).
  app.removeContentTypeParser('text/plain');
  app.addSchema(errorResponse);
  handleErrors(app, logFailure);
  if (settings.docs) await describeApi(app, { ...settings, title: options.name });
  exposeMetrics(app, requests);
  logRequests(app, requests);
  exposeReadiness(app, () => closeConnections(headers, requests.open));
  return app;
}

function createServerOptions(
  { logLevel: level, instanceId, logStream: stream, ...options }: ServiceOptions & typeof DEFAULTS,
  headers: AnswerHeaders,
  requests: Requests,
  answerError: ReturnType<typeof createErrorHandler>,
): FastifyHttpOptions<Server> {
  return {
    ...createLogOptions({ level, instanceId, stream }),
    trustProxy: options.trustProxy ? options.trustProxy : false,
    bodyLimit: options.bodyLimit,
    requestTimeout: options.requestTimeoutMs,
    keepAliveTimeout: KEEP_ALIVE_MS,
    http: {
      ServerResponse: createResponseClass(headers),
      maxHeaderSize: MAX_HEADER_BYTES,
      headersTimeout: HEADERS_TIMEOUT_MS,
      connectionsCheckingInterval: TIMEOUT_CHECK_MS,
      // Node makes no stream for a request without a body: 8 % less time for a GET.
      optimizeEmptyRequests: true,
    },
    clientErrorHandler: createClientErrorHandler(headers),
    // A URL that cannot be decoded, for example. No hook runs.
    frameworkErrors(error, request, reply) {
      requests.begin(request, reply);
      answerError(error, request, reply);
    },
    onProtoPoisoning: 'error',
    onConstructorPoisoning: 'error',
    // While the server shuts down, a request on an open connection is served and the connection closed; a 503 would
    // reach a user.
    return503OnClosing: false,
    ajv: { customOptions: { removeAdditional: false, coerceTypes: false } },
  };
}
