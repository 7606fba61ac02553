// What a test sends to the gateway: requests with every header in its hands, or bytes.

import { once } from 'node:events';
import { Agent, type IncomingHttpHeaders, request as requestHttp } from 'node:http';
import { request as requestHttps, Agent as TlsAgent } from 'node:https';
import { connect } from 'node:net';
import type { Gateway } from '../src/index.ts';
import type { Received } from './upstream.ts';

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  /** The body, where it is JSON. */
  readonly json: Record<string, unknown>;
}

export interface Wish {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly https?: boolean;
  /** 127.0.0.2 is somebody else. */
  readonly from?: string;
  /** A connection for this request alone. */
  readonly alone?: boolean;
}

const http = new Agent({ keepAlive: true, maxSockets: 50 });
const tls = new TlsAgent({ keepAlive: true, maxSockets: 50 });

export async function send(gateway: Gateway, path: string, wish: Wish = {}): Promise<Answer> {
  try {
    return await exchange(gateway, path, wish);
  } catch (error) {
    // A connection that the gateway closed, as it does at a reload, while it was being used again.
    if ((error as { reused?: boolean }).reused !== true) throw error;
    return send(gateway, path, wish);
  }
}

async function exchange(gateway: Gateway, path: string, wish: Wish): Promise<Answer> {
  const { method = 'GET', headers = {}, body, https = false, from, alone = false } = wish;
  const { hostname, port } = new URL(https ? gateway.httpsUrl : gateway.url);
  const own = { method, headers, path, host: hostname, port, ...(from === undefined ? {} : { localAddress: from }) };
  const request = https
    ? requestHttps({ ...own, ca: gateway.certificate, agent: alone ? false : tls })
    : requestHttp({ ...own, agent: alone ? false : http });
  request.end(body);
  const [answer] = await once(request, 'response').catch((error: NodeJS.ErrnoException) => {
    throw Object.assign(error, { reused: request.reusedSocket && error.code === 'ECONNRESET' });
  });
  let text = '';
  for await (const chunk of answer.setEncoding('utf8')) text += chunk;
  const json =
    (answer.headers['content-type'] ?? '').startsWith('application/json') && text !== '' ? JSON.parse(text) : {};
  return { status: answer.statusCode, headers: answer.headers, text, json };
}

/** What the upstream saw of it. */
export async function seen(gateway: Gateway, path: string, wish: Wish = {}): Promise<Received> {
  const { status, json } = await send(gateway, path, wish);
  if (status !== 200) throw new Error(`${path} was answered ${status}`);
  return json as unknown as Received;
}

/** Sends bytes, ends nothing, and answers all that comes until the gateway closes the connection. */
export async function sendBytes(gateway: Gateway, bytes: string): Promise<string> {
  const { hostname, port } = new URL(gateway.url);
  const socket = connect({ host: hostname, port: Number(port) });
  let text = '';
  socket.setEncoding('latin1').on('data', (chunk) => (text += chunk));
  socket.on('error', () => {});
  socket.write(bytes, 'latin1');
  await once(socket, 'close');
  return text;
}

/** The names in a Set-Cookie header, and what stands behind each. */
export function cookiesIn({ headers }: Answer): Record<string, string> {
  const pairs = (headers['set-cookie'] ?? []).map((line) => /^([^=]+)=(.*)$/.exec(line) ?? []);
  return Object.fromEntries(pairs.map(([, name = '', rest = '']) => [name, rest]));
}
