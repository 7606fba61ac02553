// Errors before there is a request: bytes that are not HTTP, headers over the limit, a request that does not end in
// time. Node gives the socket; the answer is written to it, in the form of every other error.

import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import type { ConnectionError } from 'fastify';
import type { AnswerHeaders } from './answer-headers.ts';
import { createFailure, formatError, JSON_TYPE, type ServiceErrorCode } from './errors.ts';

const CODES: Readonly<Record<string, ServiceErrorCode>> = {
  ERR_HTTP_REQUEST_TIMEOUT: 'ERR_REQUEST_TIMEOUT',
  HPE_HEADER_OVERFLOW: 'ERR_HEADERS_TOO_LARGE',
};

/** For Fastify's option `clientErrorHandler`. */
export function createClientErrorHandler(headers: AnswerHeaders) {
  return (error: ConnectionError, socket: Socket): void => {
    if (error.code === 'ECONNRESET' || socket.destroyed) return;
    if (socket.writable) socket.write(formatAnswer(CODES[error.code] ?? 'ERR_BAD_REQUEST', headers));
    socket.destroySoon();
  };
}

function formatAnswer(code: ServiceErrorCode, headers: AnswerHeaders): string {
  const failure = createFailure(code);
  const body = JSON.stringify(formatError(failure));
  const all = {
    ...Object.fromEntries(headers),
    connection: 'close',
    'content-type': JSON_TYPE,
    'content-length': String(Buffer.byteLength(body)),
  };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  return `HTTP/1.1 ${failure.statusCode} ${STATUS_CODES[failure.statusCode]}\r\n${lines.join('')}\r\n${body}`;
}
