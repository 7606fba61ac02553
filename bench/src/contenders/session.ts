// This library's session plugin. STORE: memory, redis or tracked.

import { sessionPlugin } from '@statecraft/auth-fastify';
import { answersUser, createApp, listen, readUser, requireUser } from '../plain-app.ts';
import { openStore } from '../session-store.ts';

const app = createApp();
await app.register(sessionPlugin, { store: await openStore(), cookie: { secure: false } });
app.post('/sign-in', async (request) => {
  const user = readUser(request);
  await request.signIn({ userId: user.id, username: user.username, roles: user.roles });
  return { user };
});
app.get('/me', { ...answersUser, onRequest: app.requirePrincipal }, ({ principal }) => ({
  user: requireUser(
    principal ? { id: principal.userId, username: principal.username, roles: principal.roles } : undefined,
  ),
}));
await listen(app);
