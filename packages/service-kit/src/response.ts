// The answer's own class, so that what every answer carries is there whatever happens before, during or after the hooks:
// also on a URL that cannot be parsed. It also sees its own end. Both are the cheapest here: Fastify's hooks and the listeners
// behind them cost a bare route 4 % (docs/decisions/0005).

import { type IncomingMessage, ServerResponse, validateHeaderValue } from 'node:http';

/** What all instances of one app's class share. */
export interface ResponseState {
  /** Set on every answer. */
  readonly headers: Readonly<Record<'x-served-by' | 'x-content-type-options', string>>;
  /** From now on every answer ends its connection, so that keep-alive clients go to another server. */
  draining: boolean;
}

export function responseState(instanceId: string): ResponseState {
  // Of helmet's list only nosniff means something on JSON; what a page needs is on /docs. HSTS is the gateway's, which
  // ends TLS.
  return { headers: { 'x-served-by': instanceId, 'x-content-type-options': 'nosniff' }, draining: false };
}

/** An answer that says when it has ended. */
export interface EndingResponse {
  /** Called once: the answer was handed over whole, or it never will be (the client hung up). */
  onEnd: ((whole: boolean) => void) | undefined;
}

type StoreHeader = (this: ServerResponse, firstLine: string, headers: unknown) => void;

/**
 * Node's own step from the names and values of a head to its text. It is documented nowhere, and as old as Node. Without it these
 * headers would be in no answer, so an app does not start.
 */
function demandStoreHeader(): StoreHeader {
  const found: unknown = Reflect.get(ServerResponse.prototype, '_storeHeader');
  if (typeof found !== 'function') throw new Error(`Node ${process.version} is not supported: it has no _storeHeader.`);
  return found as StoreHeader;
}

/**
 * For http.createServer's option `ServerResponse`.
 * @throws ERR_INVALID_CHAR when the instance's id cannot stand in a header
 */
export function responseClass(state: ResponseState): typeof ServerResponse {
  const storeHeader = demandStoreHeader();
  const all = Object.entries(state.headers);
  for (const [name, value] of all) validateHeaderValue(name, value);
  // Checking and joining the same names and values for every answer took 1 to 2 % of a bare route.
  const lines = all.map(([name, value]) => `${name}: ${value}\r\n`).join('');
  return class ServiceResponse<Request extends IncomingMessage = IncomingMessage>
    extends ServerResponse<Request>
    implements EndingResponse
  {
    onEnd: ((whole: boolean) => void) | undefined = undefined;

    _storeHeader(firstLine: string, headers: unknown): void {
      // Node then says so (`connection: close`), and closes.
      if (state.draining) this.shouldKeepAlive = false;
      storeHeader.call(this, firstLine + lines, headers);
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
