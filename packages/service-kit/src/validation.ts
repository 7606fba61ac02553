// What is wrong with a request that does not match its route's schema, in one sentence that names the field.

import type { FastifySchemaValidationError } from 'fastify';

export type ValidationError = FastifySchemaValidationError;

const MAX_FIELD_LENGTH = 100;

/** @param part `body`, `querystring`, `params` or `headers`: named when no field is. */
export function describeValidation(
  error: ValidationError | undefined,
  part: string,
): { field: string; message: string } {
  const inner = error?.params?.missingProperty ?? error?.params?.additionalProperty;
  const path = (error?.instancePath ?? '').split('/').filter(Boolean).join('.');
  // The name of an unknown field is the client's text, of any length.
  const field = ([path, inner].filter(Boolean).join('.') || part).slice(0, MAX_FIELD_LENGTH);
  return { field, message: `${field}: ${describeProblem(error)}` };
}

// Ajv's text where it is clear by itself. It never quotes the value.
function describeProblem(error: ValidationError | undefined): string {
  if (error?.keyword === 'required') return 'is missing';
  if (error?.keyword === 'additionalProperties') return 'is not allowed';
  if (error?.keyword === 'enum') return `must be one of ${(error.params.allowedValues as unknown[]).join(', ')}`;
  return error?.message ?? 'is not allowed';
}
