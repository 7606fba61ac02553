// Sessions in Redis: every server accepts every user, and a restart signs no user out.

import { sessionPlugin, withPrincipal } from '@statecraft/auth-fastify';
import Fastify from 'fastify';
import { openStore, openTrackedStore } from './open-store.ts';
import { type Credentials, credentialsSchema, findUser } from './users.ts';

const open = process.env.SESSION_CACHE === 'tracked' ? openTrackedStore : openStore;
const { store, close } = await open(process.env.REDIS_URL ?? 'redis://localhost:6379');

const app = Fastify();
app.addHook('onClose', close);
await app.register(sessionPlugin, {
  store,
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
// Ctrl-C: answers the requests that are running, then ends.
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => app.close());
