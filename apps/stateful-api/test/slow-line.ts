// A line to Redis on which every answer arrives late.

import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';

export interface SlowLine {
  readonly url: string;
  /** ms by which each answer is late from now on. */
  delay(ms: number): void;
}

export async function openSlowLine(port: number): Promise<SlowLine> {
  let delayMs = 0;
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    const redis = connect(port, '127.0.0.1');
    for (const socket of [client, redis]) {
      sockets.add(socket);
      socket.on('error', () => {}).on('close', () => sockets.delete(socket));
    }
    client.pipe(redis);
    // A timer for each answer, all of the same length, keeps the answers in their order.
    redis.on('data', (answer) => void (delayMs === 0 ? client.write(answer) : setTimeout(send, delayMs, answer)));
    const send = (answer: Buffer) => client.write(answer);
    redis.on('end', () => client.end());
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  const { port: own } = server.address() as { port: number };
  return {
    url: `redis://127.0.0.1:${own}`,
    delay(ms) {
      delayMs = ms;
    },
  };
}
