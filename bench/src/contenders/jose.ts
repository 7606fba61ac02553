// jose, HS256, in the route of a Fastify app.

import { jwtVerify, SignJWT } from 'jose';
import { answersUser, createApp, listen, readBearer, readUser, requireUser, SECRET, type User } from '../plain-app.ts';

const key = new TextEncoder().encode(SECRET);

const app = createApp();
app.post('/sign-in', async (request) => {
  const user = readUser(request);
  const token = new SignJWT({ username: user.username, roles: user.roles })
    .setProtectedHeader({ alg: 'HS256' })
    .setSubject(user.id)
    .setIssuedAt()
    .setExpirationTime('15m');
  return { user, token: await token.sign(key) };
});
app.get('/me', answersUser, async (request) => {
  const verified = await jwtVerify<User>(readBearer(request), key).catch(() => undefined);
  const claims = verified?.payload;
  return { user: requireUser(claims && { id: claims.sub ?? '', username: claims.username, roles: claims.roles }) };
});
await listen(app);
