// A Fastify app with everything that no lesson is about: logs, errors, headers, health, metrics, API description.

import type { Server } from 'node:http';
import Fastify, { type FastifyBaseLogger, type FastifyHttpOptions, type FastifyInstance } from 'fastify';
import { clientErrorHandler } from './client-errors.ts';
import { describeApi } from './docs.ts';
import { answerError, answerErrors, errorResponse } from './errors.ts';
import { createLog, giveLog, logOptions, logRequests } from './log.ts';
import { type Count, countRequests } from './metrics.ts';
import { answerReadiness } from './readiness.ts';
import { type ResponseState, responseClass, responseState } from './response.ts';
import { keepOneShape } from './socket-shape.ts';

export interface ServiceOptions {
  /** The API's title. */
  readonly name: string;
  readonly description: string;
  /** The API's version in /openapi.json. */
  readonly version?: string;
  /** In `x-served-by` and in every log line. */
  readonly instanceId: string;
  readonly logLevel: string;
  /** Where log lines go instead of stdout. */
  readonly logStream?: { write(line: string): void };
  /** Addresses and CIDR blocks with commas; none when empty. */
  readonly trustProxy?: string;
  /** bytes */
  readonly bodyLimit?: number;
  /** ms from the first byte of a request to its last. */
  readonly requestTimeoutMs?: number;
  readonly docs?: boolean;
  /** OpenAPI security schemes. */
  readonly securitySchemes?: Record<string, object>;
}

const DEFAULTS = { version: '0.1.0', bodyLimit: 1_048_576, requestTimeoutMs: 30_000 };

/** Longest request header block in bytes; a longer one is answered with 431 (RFC 6585, 5). */
const MAX_HEADER_BYTES = 8 * 1024;
const HEADERS_TIMEOUT_MS = 10_000;
/** Longer than a proxy keeps an idle connection (nginx: 60 s), so that it is the proxy that closes it. */
const KEEP_ALIVE_MS = 72_000;
/** How often Node looks for requests that are past their timeout. */
const TIMEOUT_CHECK_MS = 2_000;

/** @returns an app without routes of its own but /health, /ready, /metrics, /openapi.json and /docs. */
export async function createService(options: ServiceOptions): Promise<FastifyInstance> {
  const state = responseState(options.instanceId);
  const { logLevel: level, instanceId, logStream: stream } = options;
  const log = createLog({ level, instanceId, ...(stream === undefined ? {} : { stream }) });
  const app = Fastify(serverOptions({ ...DEFAULTS, ...options }, state, log));
  app.log = log;
  keepOneShape(app.server);
  // JSON only: text/plain is what a form of another site's page can send without asking (ASVS 3.5.x).
  app.removeContentTypeParser('text/plain');
  app.addSchema(errorResponse);
  answerErrors(app);
  if (options.docs !== false) {
    const { name: title, description, version = DEFAULTS.version, securitySchemes } = options;
    await describeApi(app, { title, description, version, securitySchemes });
  }
  begin(app, { log, state, count: countRequests(app) });
  logRequests(app);
  answerReadiness(app, () => {
    state.draining = true;
  });
  return app;
}

function serverOptions(
  options: ServiceOptions & typeof DEFAULTS,
  state: ResponseState,
  log: FastifyBaseLogger,
): FastifyHttpOptions<Server> {
  return {
    ...logOptions(),
    trustProxy: options.trustProxy ? options.trustProxy : false,
    bodyLimit: options.bodyLimit,
    requestTimeout: options.requestTimeoutMs,
    keepAliveTimeout: KEEP_ALIVE_MS,
    http: {
      ServerResponse: responseClass(state),
      maxHeaderSize: MAX_HEADER_BYTES,
      headersTimeout: HEADERS_TIMEOUT_MS,
      connectionsCheckingInterval: TIMEOUT_CHECK_MS,
      // A request without a body has no stream to be read to its end: 8 % of a bare route.
      optimizeEmptyRequests: true,
    },
    clientErrorHandler: clientErrorHandler(state.headers),
    frameworkErrors: (error, request, reply) => {
      giveLog(log, request, reply);
      answerError(error, request, reply);
    },
    onProtoPoisoning: 'error',
    onConstructorPoisoning: 'error',
    // A request on a connection that is already open is served and told to close it; a 503 would reach a person.
    return503OnClosing: false,
    ajv: { customOptions: { removeAdditional: false, coerceTypes: false } },
  };
}

/** The first hook of all, and one for all that is to be done there: each hook costs every request. */
function begin(
  app: FastifyInstance,
  { log, state, count }: { log: FastifyBaseLogger; state: ResponseState; count: Count },
) {
  const { headers } = state;
  app.addHook('onRequest', (request, reply, done) => {
    giveLog(log, request, reply);
    count(request, reply);
    // `app.inject` makes its own response objects.
    if ('isLightMyRequest' in reply.raw) reply.headers(headers);
    done();
  });
}
