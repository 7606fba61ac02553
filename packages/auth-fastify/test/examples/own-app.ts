import { createMemoryStore } from '@statecraft/auth-core/memory';
import { sessionPlugin } from '@statecraft/auth-fastify';
import Fastify from 'fastify';

export async function buildOwnApp() {
  const app = Fastify();
  // In production: createRedisStore({ client }) from '@statecraft/auth-core/redis', and without the cookie option.
  await app.register(sessionPlugin, { store: createMemoryStore(), cookie: { secure: false } });

  app.post('/login', async (request) => {
    // Check the password first, your way.
    await request.signIn({ userId: '1', username: 'ada', roles: [] });
    return { ok: true };
  });

  app.get('/me', { onRequest: app.requirePrincipal }, (request) => ({ hello: request.principal?.username }));

  app.post('/logout', async (request) => {
    await request.session.destroy();
    return { ok: true };
  });
  return app;
}
