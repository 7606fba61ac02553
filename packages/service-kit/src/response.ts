// The answer's own class, so that what every answer carries is there whatever happens before, during or after the hooks:
// also on a URL that cannot be parsed. It also sees its own end. Both are the cheapest here: Fastify's hooks and the listeners
// behind them cost a bare route 4 % (docs/decisions/0005).

import { type IncomingMessage, type OutgoingHttpHeader, type OutgoingHttpHeaders, ServerResponse } from 'node:http';

type Headers = OutgoingHttpHeaders | OutgoingHttpHeader[];

/** What all instances of one app's class share. */
export interface ResponseState {
  /** Set on every answer. */
  readonly headers: Readonly<Record<'x-served-by' | 'x-content-type-options', string>>;
  /** From now on every answer ends its connection, so that keep-alive clients go to another server. */
  draining: boolean;
}

const NOSNIFF = 'nosniff';

export function responseState(instanceId: string): ResponseState {
  // Of helmet's list only nosniff means something on JSON; what a page needs is on /docs. HSTS is the gateway's, which
  // ends TLS.
  return { headers: { 'x-served-by': instanceId, 'x-content-type-options': NOSNIFF }, draining: false };
}

/** An answer that says when it has ended. */
export interface EndingResponse {
  /** Called once: the answer was handed over whole, or it never will be (the client hung up). */
  onEnd: ((whole: boolean) => void) | undefined;
}

/** For http.createServer's option `ServerResponse`. */
export function responseClass(state: ResponseState): typeof ServerResponse {
  const { 'x-served-by': servedBy } = state.headers;
  // By name, not in a loop: V8 then knows the shape of what comes out.
  const add = (headers: OutgoingHttpHeaders): OutgoingHttpHeaders => {
    headers['x-served-by'] = servedBy;
    headers['x-content-type-options'] = NOSNIFF;
    if (state.draining) headers.connection = 'close';
    return headers;
  };
  return class ServiceResponse<Request extends IncomingMessage = IncomingMessage>
    extends ServerResponse<Request>
    implements EndingResponse
  {
    onEnd: ((whole: boolean) => void) | undefined = undefined;

    // Fastify calls it with (statusCode, headers); Node itself with (statusCode), when headers were set one by one.
    override writeHead(statusCode: number, reason?: string | Headers, headers?: Headers): this {
      const given = (typeof reason === 'object' ? reason : headers) ?? {};
      const all = Array.isArray(given) ? [...given, ...listOf(add({}))] : add(given);
      return typeof reason === 'string' ? super.writeHead(statusCode, reason, all) : super.writeHead(statusCode, all);
    }

    // A listener of our own beside Node's would make a list of the two, and take it apart again, for every answer.
    override emit(event: string | symbol, ...values: unknown[]): boolean {
      if (event === 'finish' || event === 'close') this.#end(event === 'finish');
      return super.emit(event, ...values);
    }

    #end(whole: boolean): void {
      const { onEnd } = this;
      this.onEnd = undefined;
      onEnd?.(whole);
    }
  };
}

/** Node's other form: names and values in turn. */
function listOf(headers: OutgoingHttpHeaders): OutgoingHttpHeader[] {
  return Object.entries(headers).flatMap(([name, value]) => [name, value ?? '']);
}
