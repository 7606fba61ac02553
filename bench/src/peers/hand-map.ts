// By hand, no safety: a Map from the cookie's text to the user. No expiry, no index, no sign-out. HOLD=token: a Map of
// bearer tokens that were verified once, without a look at their expiry.

import { randomBytes } from 'node:crypto';
import { answer, demand, listen, newPeer, type Person, personIn } from './person.ts';

const people = new Map<string, Person>();
const bearer = process.env.HOLD === 'token';

const app = newPeer();
app.post('/sign-in', (request, reply) => {
  // As long as a real credential of its kind: 43 characters of session token, 300 of JWT.
  const token = randomBytes(bearer ? 225 : 32).toString('base64url');
  people.set(token, personIn(request));
  if (bearer) return { token };
  reply.header('set-cookie', `session=${token}; Path=/; HttpOnly; SameSite=Lax`);
  return {};
});
app.get('/auth/me', answer, ({ headers }) => {
  const token = bearer ? headers.authorization?.slice('Bearer '.length) : headers.cookie?.slice('session='.length);
  return { user: demand(people.get(token ?? '')) };
});
await listen(app);
