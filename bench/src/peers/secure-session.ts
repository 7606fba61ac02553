// @fastify/secure-session: the session itself, encrypted, in the cookie.

import { randomBytes } from 'node:crypto';
import secureSession from '@fastify/secure-session';
import { answer, demand, listen, newPeer, type Person, personIn } from './person.ts';

const app = newPeer();
await app.register(secureSession, { key: randomBytes(32), cookie: { path: '/', httpOnly: true, sameSite: 'lax' } });
app.post('/sign-in', async (request) => {
  request.session.set('user' as never, personIn(request) as never);
  return {};
});
app.get('/auth/me', answer, (request) => ({
  user: demand(request.session.get('user' as never) as Person | undefined),
}));
await listen(app);
