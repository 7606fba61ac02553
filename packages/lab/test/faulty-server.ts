// A server that breaks one promise, on purpose: the lab must catch it. It speaks the API of the stateful one.
//
//   FAULT=lose    forgets every fifth session
//   FAULT=revive  takes a session again after its sign-out
//   FAULT=swap    answers every fifth request with another user's name
//   FAULT=none    keeps its promises: the control of the control

import { randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';

const { FAULT = 'none', PORT = '0', INSTANCE_ID = 'faulty' } = process.env;
const sessions = new Map<string, string>();
let turns = 0;
const isEveryFifth = () => ++turns % 5 === 0;

createServer(async (request, response) => {
  const body = await text(request);
  const username = body === '' ? '' : JSON.parse(body).username;
  response.setHeader('x-served-by', INSTANCE_ID);
  response.setHeader('content-type', 'application/json');
  answer(request, response, username);
}).listen(Number(PORT), '127.0.0.1');

function answer(request: IncomingMessage, response: ServerResponse, username: string): unknown {
  const token = /session=(\w+)/.exec(request.headers.cookie ?? '')?.[1] ?? '';
  const respond = (status: number, name = '') => {
    response.statusCode = status;
    response.end(status === 204 ? undefined : JSON.stringify({ user: { id: name, username: name, roles: [] } }));
  };
  if (request.url === '/ready') return respond(200);
  if (request.url === '/auth/register') return respond(201, username);
  if (request.url === '/auth/login') {
    const fresh = randomBytes(16).toString('hex');
    if (FAULT !== 'lose' || !isEveryFifth()) sessions.set(fresh, username);
    response.setHeader('set-cookie', `session=${fresh}; Path=/; HttpOnly`);
    return respond(200, username);
  }
  if (request.url === '/auth/logout') {
    if (FAULT !== 'revive') sessions.delete(token);
    return respond(204);
  }
  const name = sessions.get(token);
  if (name === undefined) return respond(401);
  return respond(200, FAULT === 'swap' && isEveryFifth() ? `${name}-else` : name);
}
