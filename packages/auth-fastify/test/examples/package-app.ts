import { createMemoryStore } from '@statecraft/auth-core/memory';
import { jwtPlugin, sessionPlugin } from '@statecraft/auth-fastify';
import Fastify from 'fastify';

export async function buildApp(secret: string) {
  const app = Fastify();
  // `secure: false` is for plain HTTP on your own machine. Leave it out in production.
  await app.register(sessionPlugin, { store: createMemoryStore(), cookie: { secure: false } });
  await app.register(jwtPlugin, { issuer: 'my-company', audience: 'my-api', keys: { secret } });

  // Check the password before both. A browser gets a cookie, a program gets a token.
  app.post('/login', async (request) => {
    await request.signIn({ userId: '1', username: 'ada', roles: ['editor'] });
    return { ok: true };
  });
  app.post('/token', () => app.tokens.issue({ userId: '1', username: 'ada', roles: ['editor'] }));

  // The same guards for both.
  app.get('/me', { onRequest: app.requirePrincipal }, (request) => ({ hello: request.principal?.username }));
  app.get('/admin', { onRequest: app.requireRole('admin') }, () => ({ ok: true }));

  app.post('/logout', async (request) => {
    await request.session.destroy();
    return { ok: true };
  });
  return app;
}
