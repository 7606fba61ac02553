// @fastify/jwt, HS256, as its readme shows. CACHE=1: with its cache of verified tokens.

import jwt from '@fastify/jwt';
import { answersUser, createApp, listen, readUser, SECRET, type User } from '../plain-app.ts';

const app = createApp();
await app.register(jwt, {
  secret: SECRET,
  sign: { expiresIn: '15m' },
  ...(process.env.CACHE === '1' ? { verify: { cache: true } } : {}),
});
app.post('/sign-in', (request) => {
  const user = readUser(request);
  return { user, token: app.jwt.sign({ sub: user.id, username: user.username, roles: user.roles }) };
});
app.get('/me', { ...answersUser, onRequest: (request) => request.jwtVerify() }, (request) => {
  const { sub: id, username, roles } = request.user as User & { sub: string };
  return { user: { id, username, roles } };
});
await listen(app);
