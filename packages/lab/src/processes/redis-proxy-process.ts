// A TCP proxy before Redis, a process of its own: it passes every byte on, later or not at all, as orders over IPC say.
//
//   server ──> proxy (delay, cut) ──> Redis

import { connect, createServer, type Socket } from 'node:net';

export interface ProxyOrder {
  /** ms that each piece waits, in each direction. */
  readonly delayMs: number;
  /** Ends all connections, and every new one immediately. */
  readonly cut: boolean;
}

const port = Number(process.argv[2]);
let order: ProxyOrder = { delayMs: 0, cut: false };
const sockets = new Set<Socket>();

const server = createServer({ noDelay: true }, (client) => {
  if (order.cut) {
    client.destroy();
    return;
  }
  const redis = connect({ port, host: '127.0.0.1', noDelay: true });
  pass(client, redis);
  pass(redis, client);
});

function pass(from: Socket, to: Socket): void {
  sockets.add(from);
  // In order, also when the delay has become shorter meanwhile.
  const waiting: { readonly piece: Buffer; readonly dueAt: number }[] = [];
  const send = () => {
    while (waiting.length > 0 && (waiting[0]?.dueAt ?? 0) <= performance.now()) to.write(waiting.shift()?.piece ?? '');
    const next = waiting[0];
    if (next !== undefined) setTimeout(send, Math.max(1, next.dueAt - performance.now()));
  };
  from.on('data', (piece: Buffer) => {
    if (order.delayMs === 0 && waiting.length === 0) {
      to.write(piece);
      return;
    }
    const dueAt = Math.max(performance.now() + order.delayMs, waiting.at(-1)?.dueAt ?? 0);
    waiting.push({ piece, dueAt });
    if (waiting.length === 1) setTimeout(send, order.delayMs);
  });
  from.on('error', () => undefined);
  from.on('close', () => {
    sockets.delete(from);
    to.destroy();
  });
}

process.on('message', (next: ProxyOrder) => {
  order = next;
  if (order.cut) for (const socket of sockets) socket.destroy();
  process.send?.('changed');
});
process.on('disconnect', () => process.exit(0));

server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  process.send?.({ url: `redis://127.0.0.1:${typeof address === 'object' ? address?.port : ''}` });
});
