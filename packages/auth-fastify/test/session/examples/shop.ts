import { createMemoryStore } from '@statecraft/auth-core/memory';
import { sessionPlugin, withPrincipal } from '@statecraft/auth-fastify';
import Fastify from 'fastify';

declare module 'fastify' {
  interface Session {
    cart?: string[];
  }
}

export async function buildShop() {
  const app = Fastify();
  await app.register(sessionPlugin, { store: createMemoryStore() });

  app.post('/login', async (request) => {
    // Check the password first. Sign-in gives a new token, ends the session before it and sets the cookie.
    await request.signIn({ userId: 'u1', username: 'Ada', roles: ['member'] }, { keep: ['cart'] });
    return { ok: true };
  });

  app.get('/me', { onRequest: app.requirePrincipal }, (request) => ({ user: request.principal }));

  app.post('/cart', (request) => {
    // Stored before the answer leaves, because it was changed.
    request.session.cart = [...(request.session.cart ?? []), 'tea'];
    return { cart: request.session.cart };
  });

  app.post('/logout', async (request) => {
    await request.session.destroy();
    return { ok: true };
  });

  app.post(
    '/logout-all',
    { onRequest: app.requirePrincipal },
    withPrincipal(async ({ principal, sessions }) => ({ ended: await sessions.revokeAll(principal.userId) })),
  );

  app.get('/reports', { onRequest: app.requireRole('admin', 'auditor') }, () => ({ reports: [] }));
  return app;
}
