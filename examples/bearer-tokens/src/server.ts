// Bearer tokens: the client holds a signed token, and the server keeps only the list of tokens that were ended early.

import { randomBytes } from 'node:crypto';
import { jwtPlugin, withPrincipal } from '@statecraft/auth-fastify';
import Fastify from 'fastify';
import { createDenylist } from './denylist.ts';
import { type Credentials, credentialsSchema, findUser } from './users.ts';

const denylist = createDenylist();

const app = Fastify();
await app.register(jwtPlugin, {
  issuer: 'https://shop.example',
  audience: 'shop-api',
  // The same secret on every server. A random one, as here without TOKEN_SECRET, ends all tokens at a restart.
  keys: { secret: process.env.TOKEN_SECRET ?? randomBytes(32).toString('hex') },
  ttlSeconds: 900,
  // Called at each request, after the token was checked. If it fails, the answer is 503.
  isRevoked: (_principal, { claims }) => denylist.has(claims.jti),
});

app.post<{ Body: Credentials }>('/login', { schema: { body: credentialsSchema } }, (request, reply) => {
  const user = findUser(request.body);
  if (user === undefined) return reply.code(401).send({ message: 'The name or the password is wrong.' });
  const { accessToken, expiresIn } = app.tokens.issue(user);
  return reply.header('cache-control', 'no-store').send({ accessToken, tokenType: 'Bearer', expiresIn });
});

app.get(
  '/me',
  { onRequest: app.requirePrincipal },
  withPrincipal(({ principal }) => ({ username: principal.username, roles: principal.roles })),
);

app.get('/reports', { onRequest: app.requireRole('admin') }, () => ({ reports: ['sales'] }));

app.post(
  '/logout',
  { onRequest: app.requirePrincipal },
  withPrincipal(async ({ principal: { credential } }) => {
    if (credential.kind === 'jwt') await denylist.add(credential.tokenId, credential.expiresAt);
    return { goodbye: true };
  }),
);

console.log(`Listening on ${await app.listen({ port: Number(process.env.PORT ?? 3000) })}`);
