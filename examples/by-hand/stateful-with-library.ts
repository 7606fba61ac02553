// The stateful answer with the library: the same routes as stateful-server.ts.
// Compare with stateless-with-library.ts: the same order and the same names.

import { createMemoryStore } from '@statecraft/auth-core/memory';
import { sessionPlugin, withPrincipal } from '@statecraft/auth-fastify';
import Fastify, { type FastifyRequest } from 'fastify';
import { body, type Credentials, createUsers, type User } from './users.ts';

export async function buildServer() {
  const app = Fastify();
  const users = createUsers();

  /** Several servers need one store: replace this line with Redis, SQLite or PostgreSQL. */
  const store = createMemoryStore({ maxSessionsPerUser: 20 });

  await app.register(sessionPlugin, {
    store,
    // The cookie is Secure by default, and needs TLS. Here it is off on your own machine.
    cookie: { secure: process.env.NODE_ENV === 'production' },
  });

  async function issueCredential(user: User, request: FastifyRequest): Promise<object> {
    await request.signIn({ userId: user.id, username: user.username, roles: user.roles });
    return {};
  }

  async function endCredential(request: FastifyRequest): Promise<void> {
    await request.session.destroy();
  }

  app.post<{ Body: Credentials }>('/auth/register', { schema: { body } }, async (request, reply) => {
    return reply.code(201).send({ user: await users.add(request.body) });
  });

  app.post<{ Body: Credentials }>('/auth/login', { schema: { body } }, async (request, reply) => {
    const user = await users.check(request.body);
    if (user === undefined) return reply.code(401).send({ message: 'The username or the password is wrong.' });
    return { user, ...(await issueCredential(user, request)) };
  });

  app.get(
    '/auth/me',
    { onRequest: app.requirePrincipal },
    withPrincipal(({ principal: { userId, username, roles } }) => ({ user: { id: userId, username, roles } })),
  );

  app.post('/auth/logout', async (request, reply) => {
    await endCredential(request);
    return reply.code(204).send();
  });

  return app;
}

if (import.meta.main) {
  const app = await buildServer();
  console.log(`Listening on ${await app.listen({ port: Number(process.env.PORT ?? 3001) })}`);
}
