// The answer's own class, so that what every answer carries is there whatever happens before, during or after the hooks:
// also on a URL that cannot be parsed. It is also the cheapest place: six headers set by a Fastify hook cost 6 % of a
// bare route, the same written here 3 %, these four 2 %.

import { type IncomingMessage, type OutgoingHttpHeaders, ServerResponse } from 'node:http';

type Headers = Record<string, string>;

/** What all instances of one app's class share. */
export interface ResponseState {
  /** Set on every answer. */
  readonly headers: Headers;
  /** From now on every answer ends its connection, so that keep-alive clients go to another server. */
  draining: boolean;
}

// Of helmet's list, those that mean something on JSON. What only a page needs (CSP, Referrer-Policy, COOP) is on /docs;
// HSTS is the gateway's, which ends TLS.
const SECURITY_HEADERS: Headers = {
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'cross-origin-resource-policy': 'same-origin',
};

export function responseState(instanceId: string): ResponseState {
  return { headers: { 'x-served-by': instanceId, ...SECURITY_HEADERS }, draining: false };
}

/** For http.createServer's option `ServerResponse`. */
export function responseClass(state: ResponseState): typeof ServerResponse {
  const entries = Object.entries(state.headers);
  return class ServiceResponse<Request extends IncomingMessage = IncomingMessage> extends ServerResponse<Request> {
    // Fastify always calls it with (statusCode, headers), and Node with (statusCode) where headers were set one by one.
    override writeHead(statusCode: number, ...rest: unknown[]): this {
      const headers = rest.length === 1 ? (rest[0] as OutgoingHttpHeaders | undefined) : undefined;
      if (headers === undefined) this.#set();
      else this.#add(headers);
      return super.writeHead(statusCode, ...(rest as [OutgoingHttpHeaders]));
    }

    #add(headers: OutgoingHttpHeaders): void {
      for (const [name, value] of entries) headers[name] = value;
      if (state.draining) headers.connection = 'close';
    }

    #set(): void {
      for (const [name, value] of entries) this.setHeader(name, value);
      if (state.draining) this.setHeader('connection', 'close');
    }
  };
}
