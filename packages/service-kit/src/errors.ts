// Every error answer: {statusCode, code, error, message}, with a stable code. A test compares docs/errors.md with this
// table.

import { type OutgoingHttpHeaders, STATUS_CODES } from 'node:http';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { FailureLog } from './failure-log.ts';
import { describeValidation, type ValidationError } from './validation.ts';

export const SERVICE_ERRORS = {
  ERR_VALIDATION: { statusCode: 400, message: 'A field is missing or not allowed; the message names it.' },
  ERR_BODY_MALFORMED: { statusCode: 400, message: 'The body is not valid JSON.' },
  ERR_BAD_REQUEST: { statusCode: 400, message: 'The request cannot be understood.' },
  ERR_NOT_FOUND: { statusCode: 404, message: 'Not found.' },
  ERR_REQUEST_TIMEOUT: { statusCode: 408, message: 'The request took too long to arrive.' },
  ERR_BODY_TOO_LARGE: { statusCode: 413, message: 'The body is larger than this server allows.' },
  ERR_URL_TOO_LONG: { statusCode: 414, message: 'A part of the URL is longer than this server allows.' },
  ERR_MEDIA_TYPE: { statusCode: 415, message: 'Send the body as application/json.' },
  ERR_HEADERS_TOO_LARGE: { statusCode: 431, message: 'The headers are larger than this server allows.' },
  ERR_INTERNAL: { statusCode: 500, message: 'Something went wrong on our side.' },
  ERR_UNAVAILABLE: { statusCode: 503, message: 'The server cannot answer this now. Try again shortly.' },
  ERR_NOT_READY: { statusCode: 503, message: 'A service that this server needs does not answer.' },
  ERR_DRAINING: { statusCode: 503, message: 'This server is shutting down.' },
} as const satisfies Record<string, { statusCode: number; message: string }>;

export type ServiceErrorCode = keyof typeof SERVICE_ERRORS;

/**
 * An error with a code of this table, for routes.
 * @example throw new ServiceError('ERR_NOT_FOUND');
 */
export class ServiceError extends Error {
  readonly code: ServiceErrorCode;
  /** The HTTP status of the answer. */
  readonly statusCode: number;

  constructor(code: ServiceErrorCode) {
    super(SERVICE_ERRORS[code].message);
    this.name = 'ServiceError';
    this.code = code;
    this.statusCode = SERVICE_ERRORS[code].statusCode;
  }
}

/** The body of every error, as JSON Schema for routes: `{ $ref: 'Error#' }`. */
export const errorResponse = {
  $id: 'Error',
  type: 'object',
  required: ['statusCode', 'code', 'error', 'message'],
  properties: {
    statusCode: { type: 'integer' },
    code: { type: 'string' },
    error: { type: 'string' },
    message: { type: 'string' },
    field: { type: 'string' },
    retryAfter: { type: 'integer' },
  },
} as const;

export interface Failure {
  readonly statusCode: number;
  readonly code: string;
  readonly message: string;
  /** The field of the request that is wrong. */
  readonly field?: string | undefined;
  /** Whole seconds. */
  readonly retryAfter?: number | undefined;
}

export const JSON_TYPE = 'application/json; charset=utf-8';

export function createFailure(code: ServiceErrorCode): Failure {
  return { code, ...SERVICE_ERRORS[code] };
}

/** @returns the body of the answer. */
export function formatError({ statusCode, code, message, field, retryAfter }: Failure) {
  return { statusCode, code, error: STATUS_CODES[statusCode] ?? 'Error', message, field, retryAfter };
}

/**
 * Answers the errors of all routes.
 *
 * Fastify calls a route's own handler first. The hooks run for that answer, too; if one of them fails, Fastify calls
 * the handler of the route's scope. That one answers past the hooks. Fastify's own handler would send the error's text.
 */
export function handleErrors(app: FastifyInstance, logFailure: FailureLog): void {
  app.setErrorHandler(createLastHandler(logFailure));
  const scopeHandler = app.errorHandler;
  const answerError = createErrorHandler(logFailure);
  app.addHook('onRoute', function (this: FastifyInstance, route) {
    // A plugin's own handler stays in force for the plugin's routes.
    if (this.errorHandler === scopeHandler) route.errorHandler ??= answerError;
  });
  app.setNotFoundHandler(({ method, url }, reply) => {
    const [path = ''] = url.split('?');
    sendFailure(reply, {
      ...createFailure('ERR_NOT_FOUND'),
      message: `Not found: ${method} ${path.slice(0, MAX_PATH_LENGTH)}`,
    });
  });
}

const MAX_PATH_LENGTH = 200;

/** Also for errors before a route is found (Fastify's option `frameworkErrors`). */
export function createErrorHandler(logFailure: FailureLog): ErrorHandler {
  return (error, request, reply) => {
    const failure = describeFailure(error);
    logFailure(failure, error, request);
    sendFailure(reply, failure);
  };
}

type ErrorHandler = (error: unknown, request: FastifyRequest, reply: FastifyReply) => void;

function sendFailure(reply: FastifyReply, failure: Failure): void {
  addRetryAfter(reply, failure).code(failure.statusCode).send(formatError(failure));
}

/** Answers past the hooks. */
function createLastHandler(logFailure: FailureLog): ErrorHandler {
  return (error, request, reply) => {
    const failure = describeFailure(error);
    logFailure(failure, error, request);
    sendPastHooks(reply, failure);
  };
}

function sendPastHooks(reply: FastifyReply, failure: Failure): void {
  const { raw } = addRetryAfter(reply, failure).hijack();
  if (raw.headersSent) {
    raw.destroy();
    return;
  }
  const body = JSON.stringify(formatError(failure));
  const own = { 'content-type': JSON_TYPE, 'content-length': Buffer.byteLength(body) };
  raw.writeHead(failure.statusCode, { ...(reply.getHeaders() as OutgoingHttpHeaders), ...own }).end(body);
}

function addRetryAfter(reply: FastifyReply, { statusCode, retryAfter }: Failure): FastifyReply {
  const seconds = retryAfter ?? (statusCode === 503 ? 1 : undefined);
  return seconds === undefined ? reply : reply.header('retry-after', String(seconds));
}

// Fastify's own codes; other errors without a code of this project get the code of their status.
const FASTIFY_CODES: Readonly<Record<string, ServiceErrorCode>> = {
  FST_ERR_CTP_EMPTY_JSON_BODY: 'ERR_BODY_MALFORMED',
  FST_ERR_CTP_INVALID_JSON_BODY: 'ERR_BODY_MALFORMED',
};
const STATUS_ERRORS: Readonly<Record<number, ServiceErrorCode>> = {
  404: 'ERR_NOT_FOUND',
  408: 'ERR_REQUEST_TIMEOUT',
  413: 'ERR_BODY_TOO_LARGE',
  414: 'ERR_URL_TOO_LONG',
  415: 'ERR_MEDIA_TYPE',
  431: 'ERR_HEADERS_TOO_LARGE',
  500: 'ERR_INTERNAL',
  503: 'ERR_UNAVAILABLE',
};

// AuthError, AccountsError and other errors have codes of this form. This package imports neither.
const PROJECT_CODE = /^ERR_[A-Z\d_]+$/;

interface ErrorLike extends Partial<Failure> {
  readonly validation?: readonly ValidationError[];
  readonly validationContext?: string;
}

/** An error keeps its status and code if it has a code of this project. The client sees nothing of other errors. */
function describeFailure(error: unknown): Failure {
  const { validation, validationContext, statusCode, code, message, field, retryAfter } = (error ?? {}) as ErrorLike;
  if (validation !== undefined)
    return { ...createFailure('ERR_VALIDATION'), ...describeValidation(validation[0], validationContext ?? 'body') };
  const status = isErrorStatus(statusCode) ? statusCode : 500;
  const general = { ...createFailure(FASTIFY_CODES[code ?? ''] ?? chooseCode(status)), statusCode: status };
  if (code === undefined || status !== statusCode || !PROJECT_CODE.test(code)) return general;
  // The details of a failure of the server are for the log.
  return { ...general, code, field, retryAfter, ...(status < 500 && message !== undefined ? { message } : {}) };
}

const isErrorStatus = (status: unknown): status is number =>
  Number.isInteger(status) && Number(status) >= 400 && Number(status) <= 599;

function chooseCode(status: number): ServiceErrorCode {
  return STATUS_ERRORS[status] ?? (status < 500 ? 'ERR_BAD_REQUEST' : 'ERR_INTERNAL');
}
