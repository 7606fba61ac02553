// V8 is quick with objects of few shapes; a shape is the names of an object's properties in the order in which they came.

import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { listening, openService } from './service.ts';

it('is the same for a connection that was answered and asked for its address, and for one that is new', async () => {
  const seen: { socket: Socket; properties: PropertyKey[] }[] = [];
  const { app } = await openService({
    routes: (app) => {
      app.get('/address', ({ ip }) => ({ ip }));
      app.get('/shape', ({ raw: { socket } }) => {
        seen.push({ socket, properties: Reflect.ownKeys(socket) });
        return {};
      });
    },
  });
  const { port } = await listening(app);
  const [old, newcomer] = [connect(port, '127.0.0.1'), connect(port, '127.0.0.1')];
  onTestFinished(() => [old, newcomer].forEach((socket) => void socket.destroy()));

  await ask(old, '/address');
  await ask(old, '/shape');
  await ask(newcomer, '/shape');

  expect(seen[0]?.socket).not.toBe(seen[1]?.socket);
  expect(seen[1]?.properties).toEqual(seen[0]?.properties);
});

async function ask(socket: Socket, path: string): Promise<void> {
  socket.write(`GET ${path} HTTP/1.1\r\nhost: a\r\n\r\n`);
  await once(socket, 'data');
}
