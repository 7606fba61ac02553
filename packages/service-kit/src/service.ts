// A Fastify app with everything that no lesson is about: logs, errors, headers, health, metrics, API description.

import type { Server } from 'node:http';
import fastifySwagger from '@fastify/swagger';
import fastifySwaggerUi from '@fastify/swagger-ui';
import Fastify, { type FastifyHttpOptions, type FastifyInstance } from 'fastify';
import { answerErrors, errorResponse } from './errors.ts';
import { countRequests } from './metrics.ts';
import { answerReadiness } from './readiness.ts';

export interface ServiceOptions {
  /** The API's title. */
  readonly name: string;
  readonly description: string;
  readonly instanceId: string;
  readonly logLevel: string;
  /** Where log lines go instead of stdout. */
  readonly logStream?: { write(line: string): void };
  /** Addresses and CIDR blocks with commas; none when empty. */
  readonly trustProxy?: string;
  /** bytes */
  readonly bodyLimit?: number;
  readonly docs?: boolean;
  /** OpenAPI security schemes. */
  readonly securitySchemes?: Record<string, object>;
}

/** Longest request header block in bytes; a longer one is answered with 431 (RFC 6585, 5). */
const MAX_HEADER_BYTES = 8 * 1024;

// The same for every answer, made once. no-referrer, nosniff and the rest are helmet's list for an API that serves no
// page; HSTS is the gateway's, which ends TLS.
const HEADERS: readonly (readonly [string, string])[] = [
  ['x-content-type-options', 'nosniff'],
  ['x-frame-options', 'DENY'],
  ['referrer-policy', 'no-referrer'],
  ['cross-origin-resource-policy', 'same-origin'],
  ['cross-origin-opener-policy', 'same-origin'],
];

/** @returns an app without routes of its own but /health, /ready, /metrics, /openapi.json and /docs. */
export async function createService(options: ServiceOptions): Promise<FastifyInstance> {
  const app = Fastify(serverOptions(options));
  app.addSchema(errorResponse);
  sendHeaders(app, options.instanceId);
  answerErrors(app);
  logRequests(app);
  if (options.docs !== false) await describeApi(app, options);
  countRequests(app);
  answerReadiness(app);
  return app;
}

function serverOptions(options: ServiceOptions): FastifyHttpOptions<Server> {
  return {
    logger: {
      level: options.logLevel,
      redact: { paths: SECRETS, censor: '[secret]' },
      serializers: { req: ({ method, id }) => ({ method, id }), err: errorForLog },
      ...(options.logStream === undefined ? {} : { stream: options.logStream }),
    },
    // One line of our own below, without the query string, which may hold anything.
    disableRequestLogging: true,
    trustProxy: options.trustProxy ? options.trustProxy : false,
    bodyLimit: options.bodyLimit ?? 1_048_576,
    requestTimeout: 30_000,
    http: { maxHeaderSize: MAX_HEADER_BYTES },
    onProtoPoisoning: 'error',
    onConstructorPoisoning: 'error',
    return503OnClosing: true,
    ajv: { customOptions: { removeAdditional: false, coerceTypes: false } },
  };
}

const SECRETS = ['password', 'accessToken', 'refreshToken', 'token', 'cookie', 'authorization'].flatMap((name) => [
  name,
  `*.${name}`,
  `*.*.${name}`,
]);

function errorForLog(error: Error & { code?: string }): {
  type: string;
  message: string;
  stack: string;
  code?: string;
} {
  return {
    type: error.name,
    message: error.message,
    stack: error.stack ?? '',
    ...(error.code === undefined ? {} : { code: error.code }),
  };
}

function sendHeaders(app: FastifyInstance, instanceId: string): void {
  app.addHook('onRequest', (_request, reply, done) => {
    reply.header('x-served-by', instanceId);
    for (const [name, value] of HEADERS) reply.header(name, value);
    done();
  });
}

function logRequests(app: FastifyInstance): void {
  if (!['info', 'debug', 'trace'].includes(app.log.level)) return;
  app.addHook('onResponse', (request, reply, done) => {
    const { method, ip } = request;
    const route = request.routeOptions.url;
    request.log.info(
      { method, route, status: reply.statusCode, ms: Math.round(reply.elapsedTime * 10) / 10, ip },
      'request',
    );
    done();
  });
}

async function describeApi(app: FastifyInstance, options: ServiceOptions): Promise<void> {
  await app.register(fastifySwagger, {
    openapi: {
      openapi: '3.1.0',
      info: { title: options.name, description: options.description, version: '0.1.0' },
      components: { securitySchemes: (options.securitySchemes ?? {}) as never },
    },
  });
  app.get('/openapi.json', { schema: { hide: true } }, () => app.swagger());
  await app.register(fastifySwaggerUi, { routePrefix: '/docs' });
}
