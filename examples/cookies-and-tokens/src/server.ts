// One app for browsers with a cookie and for programs with a token. The guarded routes are the same for both.

import { randomBytes } from 'node:crypto';
import { createMemoryStore } from '@statecraft/auth-core/memory';
import { jwtPlugin, sessionPlugin, withPrincipal } from '@statecraft/auth-fastify';
import Fastify from 'fastify';
import { type Credentials, credentialsSchema, findUser } from './users.ts';

const app = Fastify();
await app.register(sessionPlugin, {
  store: createMemoryStore(),
  // The cookie is Secure by default, and needs TLS. Here it is off on your own machine.
  cookie: { secure: process.env.NODE_ENV === 'production' },
});
await app.register(jwtPlugin, {
  issuer: 'https://shop.example',
  audience: 'shop-api',
  // The same secret on every server. A random one, as here without TOKEN_SECRET, ends all tokens at a restart.
  keys: { secret: process.env.TOKEN_SECRET ?? randomBytes(32).toString('hex') },
});

// For browsers: sets a cookie.
app.post<{ Body: Credentials }>('/login', { schema: { body: credentialsSchema } }, async (request, reply) => {
  const user = findUser(request.body);
  if (user === undefined) return reply.code(401).send({ message: 'The name or the password is wrong.' });
  await request.signIn(user);
  return { hello: user.username };
});

app.post('/logout', async (request) => {
  await request.session.destroy();
  return { goodbye: true };
});

// For programs: answers a token.
app.post<{ Body: Credentials }>('/token', { schema: { body: credentialsSchema } }, (request, reply) => {
  const user = findUser(request.body);
  if (user === undefined) return reply.code(401).send({ message: 'The name or the password is wrong.' });
  const { accessToken, expiresIn } = app.tokens.issue(user);
  return reply.header('cache-control', 'no-store').send({ accessToken, tokenType: 'Bearer', expiresIn });
});

// For both.
app.get(
  '/me',
  { onRequest: app.requirePrincipal },
  withPrincipal(({ principal }) => ({ username: principal.username, credential: principal.credential.kind })),
);

app.get('/reports', { onRequest: app.requireRole('admin') }, () => ({ reports: ['sales'] }));

console.log(`Listening on ${await app.listen({ port: Number(process.env.PORT ?? 3000) })}`);
