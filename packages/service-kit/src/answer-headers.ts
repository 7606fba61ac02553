// The headers that every answer has, and `connection: close` while the server shuts down.
//
// They are set where Node makes its response object. So they are also on the answers that Node and Fastify give without
// running a hook: a request without a Host header, an URL that cannot be decoded.

import { type IncomingMessage, ServerResponse, validateHeaderValue } from 'node:http';

/** Names in lower case, with their values. */
export type AnswerHeaders = Map<string, string>;

/** @throws ERR_INVALID_CHAR if the instance's id is not a valid header value. */
export function createAnswerHeaders(instanceId: string): AnswerHeaders {
  validateHeaderValue('x-served-by', instanceId);
  // Of Helmet's headers, only nosniff matters for JSON. /docs sets those that a page needs; the gateway, which ends
  // TLS, sets Strict-Transport-Security.
  return new Map([
    ['x-served-by', instanceId],
    ['x-content-type-options', 'nosniff'],
  ]);
}

/** @returns a class for the option `ServerResponse` of http.createServer. */
export function createResponseClass(headers: AnswerHeaders): typeof ServerResponse {
  return class<Request extends IncomingMessage = IncomingMessage> extends ServerResponse<Request> {
    constructor(...options: ConstructorParameters<typeof ServerResponse<Request>>) {
      super(...options);
      for (const [name, value] of headers) this.setHeader(name, value);
    }
  };
}

/** Makes each answer end its connection, also those that are open now, so that clients connect to another server. */
export function closeConnections(headers: AnswerHeaders, open: Iterable<ServerResponse>): void {
  headers.set('connection', 'close');
  for (const response of open) if (!response.headersSent) response.setHeader('connection', 'close');
}
