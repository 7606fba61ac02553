// What the log says about an answer of 500 and above.
//
//   a refusal: 501 to 599 with a code of this project ──> one line at warn, without a stack, at most one per code and second
//   any other ──> one line at error with the stack
//
// A refusal is expected: a queue is full, a store does not answer. Under load there are thousands of them.

import type { FastifyRequest } from 'fastify';
import { createLineLimit, type StartTimer } from './line-limit.ts';
import { describeReason } from './log.ts';

/** The answer to an error. */
interface Answer {
  readonly statusCode: number;
  readonly code: string;
}

export type FailureLog = (answer: Answer, error: unknown, request: FastifyRequest) => void;

export function createFailureLog(startTimer?: StartTimer): FailureLog {
  const limit = createLineLimit(startTimer);
  return ({ statusCode, code }, error, request) => {
    if (statusCode < 500) return;
    // An unknown error has another code, or none: the answer's code was chosen by its status.
    const known = (error as Partial<Answer> | undefined)?.code === code;
    if (!known || statusCode === 500) {
      request.log.error({ err: error }, 'request failed');
      return;
    }
    limit(code, (leftOut) => {
      const { method, routeOptions } = request;
      const fields = { code, status: statusCode, reason: describeReason(error), method, route: routeOptions.url };
      request.log.warn({ ...fields, ...(leftOut > 0 && { leftOut }) }, 'request refused');
    });
  };
}
