// This library's JWT plugin, HS256.

import { jwtPlugin } from '@statecraft/auth-fastify';
import { answersUser, createApp, listen, readUser, requireUser, SECRET, TOKEN_CLAIMS } from '../plain-app.ts';

const app = createApp();
await app.register(jwtPlugin, { keys: { secret: SECRET }, ...TOKEN_CLAIMS });
app.post('/sign-in', (request) => {
  const user = readUser(request);
  const { accessToken } = app.tokens.issue({ userId: user.id, username: user.username, roles: user.roles });
  return { user, token: accessToken };
});
app.get('/me', { ...answersUser, onRequest: app.requirePrincipal }, ({ principal }) => ({
  user: requireUser(
    principal ? { id: principal.userId, username: principal.username, roles: principal.roles } : undefined,
  ),
}));
await listen(app);
