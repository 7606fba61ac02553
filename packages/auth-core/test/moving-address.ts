// An address that leads to one server and later to another one, as a service name does. Open connections stay where
// they are.

import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';

export async function openMovingAddress(port: number) {
  let ports = [port];
  let connections = 0;
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    const upstream = connect(ports[connections++ % ports.length] ?? port, '127.0.0.1');
    for (const side of [socket, upstream]) {
      sockets.add(side);
      side.on('error', () => {}).on('close', () => sockets.delete(side));
    }
    socket.pipe(upstream).pipe(socket);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  const { port: own } = server.address() as { port: number };
  return {
    url: `redis://127.0.0.1:${own}`,
    /** Of several ports each new connection gets the next one. */
    moveTo(...others: number[]) {
      ports = others;
    },
    countConnections: () => connections,
  };
}
