// Every error that leaves a server: {statusCode, code, error, message}, with a stable code. docs/errors.md is held
// against this table by a test.

import { STATUS_CODES } from 'node:http';
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

export const SERVICE_ERRORS = {
  ERR_VALIDATION: { statusCode: 400, message: 'A field is missing or not allowed; the message names it.' },
  ERR_BODY_MALFORMED: { statusCode: 400, message: 'The body is not valid JSON.' },
  ERR_BAD_REQUEST: { statusCode: 400, message: 'The request cannot be understood.' },
  ERR_NOT_FOUND: { statusCode: 404, message: 'There is nothing here.' },
  ERR_BODY_TOO_LARGE: { statusCode: 413, message: 'The body is larger than this server allows.' },
  ERR_MEDIA_TYPE: { statusCode: 415, message: 'Send the body as application/json.' },
  ERR_INTERNAL: { statusCode: 500, message: 'Something went wrong on our side.' },
  ERR_DRAINING: { statusCode: 503, message: 'This server is shutting down.' },
} as const satisfies Record<string, { statusCode: number; message: string }>;

export type ServiceErrorCode = keyof typeof SERVICE_ERRORS;

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

interface Failure {
  readonly statusCode: number;
  readonly code: string;
  readonly message: string;
  readonly field?: string;
  readonly retryAfter?: number;
}

export function answerErrors(app: FastifyInstance): void {
  app.setErrorHandler((error: FastifyError, request, reply) => {
    const failure = failureOf(error);
    if (failure.statusCode >= 500) request.log.error({ err: error }, 'request failed');
    answer(reply, failure);
  });
  app.setNotFoundHandler((_request: FastifyRequest, reply) => answer(reply, known('ERR_NOT_FOUND')));
}

function answer(reply: FastifyReply, { statusCode, code, message, field, retryAfter }: Failure): void {
  const wait = retryAfter ?? (statusCode === 503 ? 1 : undefined);
  if (wait !== undefined) reply.header('retry-after', String(wait));
  const error = STATUS_CODES[statusCode] ?? 'Error';
  reply.code(statusCode).send({ statusCode, code, error, message, field, retryAfter });
}

const FASTIFY_CODES: Record<string, ServiceErrorCode> = {
  FST_ERR_CTP_BODY_TOO_LARGE: 'ERR_BODY_TOO_LARGE',
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'ERR_MEDIA_TYPE',
  FST_ERR_CTP_EMPTY_JSON_BODY: 'ERR_BODY_MALFORMED',
  FST_ERR_CTP_INVALID_JSON_BODY: 'ERR_BODY_MALFORMED',
};

/** A project's error brings its own status, code and text; anything else says nothing of itself to a client. */
function failureOf(error: FastifyError): Failure {
  if (error.validation !== undefined) return validationFailure(error);
  const fastifyCode = FASTIFY_CODES[error.code];
  if (fastifyCode !== undefined) return known(fastifyCode);
  const { statusCode } = error;
  if (statusCode === undefined || statusCode < 400 || statusCode > 599) return known('ERR_INTERNAL');
  if (error.code?.startsWith('ERR_') && isOurs(error)) {
    const { field, retryAfter } = error as FastifyError & Partial<Failure>;
    const more = {
      ...(field === undefined ? {} : { field }),
      ...(retryAfter === undefined ? {} : { retryAfter }),
    };
    return {
      statusCode,
      code: error.code,
      message: statusCode === 500 ? SERVICE_ERRORS.ERR_INTERNAL.message : error.message,
      ...more,
    };
  }
  return statusCode < 500
    ? { statusCode, code: 'ERR_BAD_REQUEST', message: STATUS_CODES[statusCode] ?? 'Bad Request' }
    : known('ERR_INTERNAL');
}

/** AuthError and AccountsError, known by their form: this package imports neither. */
function isOurs(error: Error): boolean {
  return error.name === 'AuthError' || error.name === 'AccountsError';
}

function validationFailure(error: FastifyError): Failure {
  const first = error.validation?.[0];
  const inner = first?.params?.missingProperty ?? first?.params?.additionalProperty;
  const path = (first?.instancePath ?? '').split('/').filter(Boolean).join('.');
  const field = [path, inner].filter(Boolean).join('.') || (error.validationContext ?? 'body');
  return { ...known('ERR_VALIDATION'), field, message: `${field}: ${first?.message ?? 'is not allowed'}` };
}

function known(code: ServiceErrorCode): Failure {
  return { code, ...SERVICE_ERRORS[code] };
}
