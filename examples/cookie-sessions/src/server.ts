// Sessions in a cookie: the browser holds a random token, and the server keeps the user and the cart.

import { createMemoryStore } from '@statecraft/auth-core/memory';
import { sessionPlugin, withPrincipal } from '@statecraft/auth-fastify';
import Fastify from 'fastify';
import { type Credentials, credentialsSchema, findUser } from './users.ts';

declare module 'fastify' {
  interface Session {
    cart?: string[];
  }
}

const app = Fastify();
await app.register(sessionPlugin, {
  store: createMemoryStore(),
  // The cookie is Secure by default, and needs TLS. Here it is off on your own machine.
  cookie: { secure: process.env.NODE_ENV === 'production' },
});

app.post<{ Body: Credentials }>('/login', { schema: { body: credentialsSchema } }, async (request, reply) => {
  const user = findUser(request.body);
  if (user === undefined) return reply.code(401).send({ message: 'The name or the password is wrong.' });
  // A new session with a new token. The cart of the visitor moves into it.
  await request.signIn(user, { keep: ['cart'] });
  return { hello: user.username };
});

app.get(
  '/me',
  { onRequest: app.requirePrincipal },
  withPrincipal(({ principal }) => ({ username: principal.username, roles: principal.roles })),
);

// A visitor may fill a cart before sign-in. The changed session is stored before the answer is sent.
app.post<{ Params: { item: string } }>('/cart/:item', ({ session, params }) => {
  session.cart = [...(session.cart ?? []), params.item];
  return { cart: session.cart };
});

app.get('/cart', ({ session }) => ({ cart: session.cart ?? [] }));

app.get('/reports', { onRequest: app.requireRole('admin') }, () => ({ reports: ['sales'] }));

app.post('/logout', async (request) => {
  await request.session.destroy();
  return { goodbye: true };
});

app.post(
  '/logout-everywhere',
  { onRequest: app.requirePrincipal },
  withPrincipal(async ({ principal, sessions }) => ({ endedSessions: await sessions.revokeAll(principal.userId) })),
);

console.log(`Listening on ${await app.listen({ port: Number(process.env.PORT ?? 3000) })}`);
