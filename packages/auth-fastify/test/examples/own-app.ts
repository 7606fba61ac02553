import { createMemoryStore } from '@statecraft/auth-core/memory';
import { sessionPlugin } from '@statecraft/auth-fastify';
import Fastify from 'fastify';

export const app = Fastify();
// `secure: false` is for plain HTTP on your own machine. Leave it out in production.
await app.register(sessionPlugin, { store: createMemoryStore(), cookie: { secure: false } });

app.post('/login', async (request) => {
  await request.signIn({ userId: '1', username: 'ada', roles: [] }); // after you have checked the password
  return { ok: true };
});

app.get('/me', { onRequest: app.requirePrincipal }, (request) => ({ hello: request.principal?.username }));

app.post('/logout', async (request) => {
  await request.session.destroy();
  return { ok: true };
});
