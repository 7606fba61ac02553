// The stateful answer, by hand: the credential is a random number. The server remembers whose it is.
// Compare with stateless-server.ts: the same order and the same names. README.md lists what both lack.

import { randomBytes } from 'node:crypto';
import Fastify, { type FastifyReply, type FastifyRequest } from 'fastify';
import { body, type Credentials, createUsers, type User } from './users.ts';

export function buildServer() {
  const app = Fastify();
  const users = createUsers();

  /** All that the server remembers: an entry for each session. Another server has other entries. */
  const sessions = new Map<string, User>();

  /** Stores a session under the number of this browser, and sends the number as a cookie (RFC 6265). */
  function issueCredential(user: User, request: FastifyRequest, reply: FastifyReply): object {
    const id = readCredential(request) || randomBytes(16).toString('hex');
    sessions.set(id, user);
    reply.header('set-cookie', `session=${id}; Path=/`);
    return {};
  }

  /** Looks the number up. The number itself says nothing about the user. */
  function authenticate(request: FastifyRequest): User | undefined {
    return sessions.get(readCredential(request));
  }

  /** Deletes the session: the number is worthless from now on, also in a copy. */
  function endCredential(request: FastifyRequest, reply: FastifyReply): void {
    sessions.delete(readCredential(request));
    reply.header('set-cookie', 'session=; Path=/; Max-Age=0');
  }

  function readCredential(request: FastifyRequest): string {
    return /(?:^|; )session=([^;]+)/.exec(request.headers.cookie ?? '')?.[1] ?? '';
  }

  app.post<{ Body: Credentials }>('/auth/register', { schema: { body } }, async (request, reply) => {
    return reply.code(201).send({ user: await users.add(request.body) });
  });

  app.post<{ Body: Credentials }>('/auth/login', { schema: { body } }, async (request, reply) => {
    const user = await users.check(request.body);
    if (user === undefined) return reply.code(401).send({ message: 'The username or the password is wrong.' });
    return { user, ...issueCredential(user, request, reply) };
  });

  app.get('/auth/me', async (request, reply) => {
    const user = authenticate(request);
    return user === undefined ? reply.code(401).send({ message: 'Sign in first.' }) : { user };
  });

  app.post('/auth/logout', async (request, reply) => {
    endCredential(request, reply);
    return reply.code(204).send();
  });

  return app;
}

if (import.meta.main)
  console.log(`Listening on ${await buildServer().listen({ port: Number(process.env.PORT ?? 3001) })}`);
