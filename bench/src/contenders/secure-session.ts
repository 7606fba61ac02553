// @fastify/secure-session: the session is in the cookie, encrypted.

import { randomBytes } from 'node:crypto';
import secureSession from '@fastify/secure-session';
import { answersUser, createApp, listen, readUser, requireUser, type User } from '../plain-app.ts';

const app = createApp();
await app.register(secureSession, { key: randomBytes(32), cookie: { path: '/', httpOnly: true, sameSite: 'lax' } });
app.post('/sign-in', (request) => {
  const user = readUser(request);
  request.session.set('user' as never, user as never);
  return { user };
});
app.get('/me', answersUser, (request) => ({
  user: requireUser(request.session.get('user' as never) as User | undefined),
}));
await listen(app);
