// Sessions in a store of your own. To the app, all stores are the same.

import { sessionPlugin, withPrincipal } from '@statecraft/auth-fastify';
import Fastify from 'fastify';
import { createJsonStore } from './json-store.ts';
import { type Credentials, credentialsSchema, findUser } from './users.ts';

const app = Fastify();
await app.register(sessionPlugin, {
  store: createJsonStore(new Map()),
  // The cookie is Secure by default, and needs TLS. Here it is off on your own machine.
  cookie: { secure: process.env.NODE_ENV === 'production' },
});

app.post<{ Body: Credentials }>('/login', { schema: { body: credentialsSchema } }, async (request, reply) => {
  const user = findUser(request.body);
  if (user === undefined) return reply.code(401).send({ message: 'The name or the password is wrong.' });
  await request.signIn(user);
  return { hello: user.username };
});

app.get(
  '/me',
  { onRequest: app.requirePrincipal },
  withPrincipal(({ principal }) => ({ username: principal.username })),
);

app.post('/logout', async (request) => {
  await request.session.destroy();
  return { goodbye: true };
});

console.log(`Listening on ${await app.listen({ port: Number(process.env.PORT ?? 3000) })}`);
