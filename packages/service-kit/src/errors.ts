// Every error that leaves a server: {statusCode, code, error, message}, with a stable code. docs/errors.md is held
// against this table by a test.

import { type OutgoingHttpHeaders, STATUS_CODES } from 'node:http';
import type { FastifyInstance, FastifyReply, FastifyRequest, FastifySchemaValidationError } from 'fastify';

export const SERVICE_ERRORS = {
  ERR_VALIDATION: { statusCode: 400, message: 'A field is missing or not allowed; the message names it.' },
  ERR_BODY_MALFORMED: { statusCode: 400, message: 'The body is not valid JSON.' },
  ERR_BAD_REQUEST: { statusCode: 400, message: 'The request cannot be understood.' },
  ERR_NOT_FOUND: { statusCode: 404, message: 'There is nothing here.' },
  ERR_REQUEST_TIMEOUT: { statusCode: 408, message: 'The request took too long to arrive.' },
  ERR_BODY_TOO_LARGE: { statusCode: 413, message: 'The body is larger than this server allows.' },
  ERR_URL_TOO_LONG: { statusCode: 414, message: 'A part of the URL is longer than this server allows.' },
  ERR_MEDIA_TYPE: { statusCode: 415, message: 'Send the body as application/json.' },
  ERR_HEADERS_TOO_LARGE: { statusCode: 431, message: 'The headers are larger than this server allows.' },
  ERR_INTERNAL: { statusCode: 500, message: 'Something went wrong on our side.' },
  ERR_UNAVAILABLE: { statusCode: 503, message: 'This cannot be answered now. Try again shortly.' },
  ERR_NOT_READY: { statusCode: 503, message: 'Something that this server needs does not answer.' },
  ERR_DRAINING: { statusCode: 503, message: 'This server is shutting down.' },
} as const satisfies Record<string, { statusCode: number; message: string }>;

export type ServiceErrorCode = keyof typeof SERVICE_ERRORS;

/** For a route that has nothing better to say: `throw new ServiceError('ERR_NOT_FOUND')`. */
export class ServiceError extends Error {
  readonly code: ServiceErrorCode;
  /** The HTTP status that this failure means. */
  readonly statusCode: number;

  constructor(code: ServiceErrorCode) {
    super(SERVICE_ERRORS[code].message);
    this.name = 'ServiceError';
    this.code = code;
    this.statusCode = SERVICE_ERRORS[code].statusCode;
  }
}

/** The body of every error, as JSON Schema for routes. */
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

export function known(code: ServiceErrorCode): Failure {
  return { code, ...SERVICE_ERRORS[code] };
}

export function answerErrors(app: FastifyInstance): void {
  app.setErrorHandler((error, request, reply) => answerError(error, request, reply));
  app.setNotFoundHandler((_request, reply) => answer(reply, known('ERR_NOT_FOUND')));
}

/** Also for what fails before any route is known (Fastify's `frameworkErrors`). */
export function answerError(error: unknown, request: FastifyRequest, reply: FastifyReply): void {
  const failure = failureOf(error);
  if (failure.statusCode >= 500) request.log.error({ err: error }, 'request failed');
  // The hooks run for this answer, too. Were one to fail again, Fastify's own handler would send that error's text.
  const { send } = reply;
  reply.send = ((again: unknown) => sendPastHooks(reply, failureOf(again))) as typeof send;
  answer(reply, failure, send);
}

function sendPastHooks(reply: FastifyReply, failure: Failure): FastifyReply {
  const { raw } = reply.hijack();
  if (raw.headersSent) {
    raw.destroy();
    return reply;
  }
  const body = JSON.stringify(bodyOf(failure));
  const own = { 'content-type': JSON_TYPE, 'content-length': Buffer.byteLength(body) };
  raw.writeHead(failure.statusCode, { ...(reply.getHeaders() as OutgoingHttpHeaders), ...own }).end(body);
  return reply;
}

/** @returns the body of the answer. */
export function bodyOf({ statusCode, code, message, field, retryAfter }: Failure) {
  return { statusCode, code, error: STATUS_CODES[statusCode] ?? 'Error', message, field, retryAfter };
}

export const JSON_TYPE = 'application/json; charset=utf-8';

function answer(reply: FastifyReply, failure: Failure, send = reply.send): void {
  const seconds = failure.retryAfter ?? (failure.statusCode === 503 ? 1 : undefined);
  if (seconds !== undefined) reply.header('retry-after', String(seconds));
  send.call(reply.code(failure.statusCode), bodyOf(failure));
}

// Fastify's and, by status, those of plugins that have no code of ours.
const FASTIFY_CODES: Readonly<Record<string, ServiceErrorCode>> = {
  FST_ERR_CTP_EMPTY_JSON_BODY: 'ERR_BODY_MALFORMED',
  FST_ERR_CTP_INVALID_JSON_BODY: 'ERR_BODY_MALFORMED',
};
const BY_STATUS: Readonly<Record<number, ServiceErrorCode>> = {
  404: 'ERR_NOT_FOUND',
  408: 'ERR_REQUEST_TIMEOUT',
  413: 'ERR_BODY_TOO_LARGE',
  414: 'ERR_URL_TOO_LONG',
  415: 'ERR_MEDIA_TYPE',
  431: 'ERR_HEADERS_TOO_LARGE',
  500: 'ERR_INTERNAL',
  503: 'ERR_UNAVAILABLE',
};

// AuthError, AccountsError, and whatever else has this form: this package imports neither.
const OUR_CODE = /^ERR_[A-Z\d_]+$/;

interface ErrorLike extends Partial<Failure> {
  readonly validation?: readonly FastifySchemaValidationError[];
  readonly validationContext?: string;
}

/** An error with a status and a code of ours passes with both; anything else says nothing of itself to a client. */
function failureOf(error: unknown): Failure {
  const { validation, validationContext, statusCode, code, message, field, retryAfter } = (error ?? {}) as ErrorLike;
  if (validation !== undefined) return validationFailure(validation[0], validationContext ?? 'body');
  const status = isErrorStatus(statusCode) ? statusCode : 500;
  const general = { ...known(FASTIFY_CODES[code ?? ''] ?? generalCode(status)), statusCode: status };
  if (code === undefined || status !== statusCode || !OUR_CODE.test(code)) return general;
  // Details of a failure on our side are for the log.
  return { ...general, code, field, retryAfter, ...(status < 500 && message !== undefined ? { message } : {}) };
}

const isErrorStatus = (status: unknown): status is number =>
  Number.isInteger(status) && Number(status) >= 400 && Number(status) <= 599;

function generalCode(status: number): ServiceErrorCode {
  return BY_STATUS[status] ?? (status < 500 ? 'ERR_BAD_REQUEST' : 'ERR_INTERNAL');
}

const LONGEST_FIELD = 100;

function validationFailure(first: FastifySchemaValidationError | undefined, part: string): Failure {
  const inner = first?.params?.missingProperty ?? first?.params?.additionalProperty;
  const path = (first?.instancePath ?? '').split('/').filter(Boolean).join('.');
  // A name that is not known is the client's own text.
  const field = ([path, inner].filter(Boolean).join('.') || part).slice(0, LONGEST_FIELD);
  return { ...known('ERR_VALIDATION'), field, message: `${field}: ${problemOf(first)}` };
}

// Ajv's text where it is clear by itself; it never quotes the value.
function problemOf(first: FastifySchemaValidationError | undefined): string {
  if (first?.keyword === 'required') return 'is missing';
  if (first?.keyword === 'additionalProperties') return 'is not allowed';
  if (first?.keyword === 'enum') return `must be one of ${(first.params.allowedValues as unknown[]).join(', ')}`;
  return first?.message ?? 'is not allowed';
}
