// What goes wrong before there is a request: bytes that are no HTTP, headers over the limit, a client that never ends its
// sentence. Node hands over the socket; the answer is written by hand, in the form of every other error.

import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import type { ConnectionError } from 'fastify';
import { bodyOf, JSON_TYPE, known, type ServiceErrorCode } from './errors.ts';

const CODES: Readonly<Record<string, ServiceErrorCode>> = {
  ERR_HTTP_REQUEST_TIMEOUT: 'ERR_REQUEST_TIMEOUT',
  HPE_HEADER_OVERFLOW: 'ERR_HEADERS_TOO_LARGE',
};

/** @param headers what every answer carries. */
export function clientErrorHandler(headers: Readonly<Record<string, string>>) {
  return (error: ConnectionError, socket: Socket): void => {
    if (error.code === 'ECONNRESET' || socket.destroyed) return;
    if (socket.writable) socket.write(answerText(CODES[error.code] ?? 'ERR_BAD_REQUEST', headers));
    socket.destroySoon();
  };
}

function answerText(code: ServiceErrorCode, headers: Readonly<Record<string, string>>): string {
  const failure = known(code);
  const body = JSON.stringify(bodyOf(failure));
  const all = {
    ...headers,
    connection: 'close',
    'content-type': JSON_TYPE,
    'content-length': String(Buffer.byteLength(body)),
  };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  return `HTTP/1.1 ${failure.statusCode} ${STATUS_CODES[failure.statusCode]}\r\n${lines.join('')}\r\n${body}`;
}
