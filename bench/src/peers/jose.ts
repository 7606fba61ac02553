// jose, HS256, in a Fastify hook.

import { jwtVerify, SignJWT } from 'jose';
import { answer, demand, listen, newPeer, type Person, personIn } from './person.ts';

const key = new TextEncoder().encode('a secret of the bench, which is longer than 32 bytes');

const app = newPeer();
app.post('/sign-in', async (request) => {
  const { id, username, roles } = personIn(request);
  const token = new SignJWT({ username, roles }).setProtectedHeader({ alg: 'HS256' }).setSubject(id);
  return { token: await token.setIssuedAt().setExpirationTime('15m').sign(key) };
});
app.get('/auth/me', answer, async ({ headers }) => {
  const token = headers.authorization?.startsWith('Bearer ') ? headers.authorization.slice(7) : '';
  const verified = await jwtVerify<Person>(token, key).catch(() => undefined);
  const payload = verified?.payload;
  return { user: demand(payload && { id: payload.sub ?? '', username: payload.username, roles: payload.roles }) };
});
await listen(app);
