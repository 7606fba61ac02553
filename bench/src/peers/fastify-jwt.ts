// @fastify/jwt, HS256, as its readme shows. CACHE=1: with its cache of verified tokens.

import jwt from '@fastify/jwt';
import { answer, listen, newPeer, type Person, personIn } from './person.ts';

const app = newPeer();
await app.register(jwt, {
  secret: 'a secret of the bench, which is longer than 32 bytes',
  sign: { expiresIn: '15m' },
  ...(process.env.CACHE === '1' ? { verify: { cache: true } } : {}),
});
app.post('/sign-in', (request) => {
  const { id: sub, username, roles } = personIn(request);
  return { token: app.jwt.sign({ sub, username, roles }) };
});
app.get('/auth/me', { ...answer, onRequest: (request) => request.jwtVerify() }, (request) => {
  const { sub: id, username, roles } = request.user as Person & { sub: string };
  return { user: { id, username, roles } };
});
await listen(app);
