// Keeps the sockets of all connections in one shape, so that what Node does with each stays fast.
//
// Node gives a socket its `timeout` after the first answer, and `_peername` when somebody first asks who is there, such as a
// sign-in that counts attempts by address. With the sockets of a log and of a Redis client that makes more than the four
// shapes that V8 keeps beside a place in the code; from then on it looks them up at every step, in all of Node's streams.
// Given at the beginning, in one order, all connections have one. docs/decisions/0005 has the figures.

import type { Server } from 'node:http';
import type { Socket } from 'node:net';

export function keepOneShape(server: Server): void {
  server.on('connection', giveShape);
}

function giveShape(socket: Socket): void {
  // As it is: none, unless the server has one.
  socket.setTimeout(socket.timeout ?? 0);
  void socket.remoteAddress;
}
