// The stateless answer with the library: the same routes as stateless-server.ts.
// Compare with stateful-with-library.ts: the same order and the same names.

import { randomBytes } from 'node:crypto';
import { jwtPlugin, withPrincipal } from '@statecraft/auth-fastify';
import Fastify, { type FastifyRequest } from 'fastify';
import { body, type Credentials, createUsers, type User } from './users.ts';

export async function buildServer() {
  const app = Fastify();
  const users = createUsers();

  /** Tokens that ended before they expired: state, after all. Several servers need one list, in a database. */
  const endedTokens = new Set<string>();

  await app.register(jwtPlugin, {
    issuer: 'https://shop.example',
    audience: 'shop-api',
    // The first secret signs. Those after it only verify, so that a change of the secret signs no user out.
    keys: { secret: (process.env.JWT_SECRET ?? randomBytes(32).toString('hex')).split(',') },
    isRevoked: (_principal, { claims }) => endedTokens.has(claims.jti),
  });

  async function issueCredential(user: User, _request: FastifyRequest): Promise<object> {
    return app.tokens.issue({ userId: user.id, username: user.username, roles: user.roles });
  }

  async function endCredential({ principal }: FastifyRequest): Promise<void> {
    if (principal?.credential.kind === 'jwt') endedTokens.add(principal.credential.tokenId);
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
  console.log(`Listening on ${await app.listen({ port: Number(process.env.PORT ?? 3000) })}`);
}
