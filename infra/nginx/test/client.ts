// Requests to the gateway, with any headers or as bytes.

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
  /** The body if it is JSON; otherwise {}. */
  readonly json: Record<string, unknown>;
}

export interface RequestOptions {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly https?: boolean;
  /** 127.0.0.2 is another client. */
  readonly from?: string;
  /** Uses a connection for this request only. */
  readonly alone?: boolean;
}

const http = new Agent({ keepAlive: true, maxSockets: 50 });
const tls = new TlsAgent({ keepAlive: true, maxSockets: 50 });

export async function send(gateway: Gateway, path: string, options: RequestOptions = {}): Promise<Answer> {
  try {
    return await exchange(gateway, path, options);
  } catch (error) {
    // The gateway closed a connection, as it does at a reload, while the request was being sent on it.
    if ((error as { reused?: boolean }).reused !== true) throw error;
    return send(gateway, path, options);
  }
}

async function exchange(gateway: Gateway, path: string, options: RequestOptions): Promise<Answer> {
  const { method = 'GET', headers = {}, body, https = false, from, alone = false } = options;
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

/** Sends a request and returns what the upstream received. */
export async function sendAndEcho(gateway: Gateway, path: string, options: RequestOptions = {}): Promise<Received> {
  const { status, json } = await send(gateway, path, options);
  if (status !== 200) throw new Error(`${path} was answered ${status}`);
  return json as unknown as Received;
}

/** Sends bytes and returns everything that arrives until the gateway closes the connection. */
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

/** The cookies of Set-Cookie: the rest of each line by the cookie's name. */
export function readCookies({ headers }: Answer): Record<string, string> {
  const pairs = (headers['set-cookie'] ?? []).map((line) => /^([^=]+)=(.*)$/.exec(line) ?? []);
  return Object.fromEntries(pairs.map(([, name = '', rest = '']) => [name, rest]));
}
