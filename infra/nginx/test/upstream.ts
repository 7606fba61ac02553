// A server behind the gateway that answers with what it received. To test nginx, no app is needed.

import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';

export interface Received {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface Upstream {
  readonly name: string;
  readonly url: string;
  /** All requests so far. */
  readonly received: Received[];
  /** All connections so far. */
  readonly connections: () => number;
  /** Ends immediately and breaks off running requests, as kill -9 does. */
  stop(): Promise<void>;
  /** Listens again on the same port. */
  restart(): Promise<void>;
}

/** Returns true if it answers itself, or never answers; otherwise the upstream answers 200 with what it received. */
export type Behaviour = (received: Received, answer: ServerResponse) => boolean;

export async function startUpstream(
  name: string,
  behave: Behaviour = () => false,
  { host = '127.0.0.1', port: wanted = 0 } = {},
): Promise<Upstream> {
  const received: Received[] = [];
  const sockets = new Set<Socket>();
  let connections = 0;
  const server = createServer({ keepAliveTimeout: 72_000, maxHeaderSize: 64 * 1024 }, async (request, answer) => {
    const seen = await readRequest(request);
    if (seen === undefined) return;
    received.push(seen);
    answer.setHeader('x-served-by', name);
    if (!behave(seen, answer)) answer.setHeader('content-type', 'application/json').end(JSON.stringify(seen));
  });
  server.on('connection', (socket) => {
    connections++;
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  let port = wanted;
  const listen = async () => {
    server.listen(port, host);
    await once(server, 'listening');
    port = (server.address() as AddressInfo).port;
  };
  await listen();
  return {
    name,
    url: `http://${host}:${port}`,
    received,
    connections: () => connections,
    async stop() {
      if (!server.listening) return;
      const closed = once(server, 'close');
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
    restart: listen,
  };
}

/** Returns undefined if the request broke off. */
async function readRequest(request: IncomingMessage): Promise<Received | undefined> {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  await Promise.race([once(request, 'end'), once(request, 'close')]).catch(() => undefined);
  if (!request.complete) return undefined;
  const { method = '', url: path = '', headers } = request;
  return { method, path, headers: headers as Record<string, string>, body: Buffer.concat(chunks).toString() };
}
