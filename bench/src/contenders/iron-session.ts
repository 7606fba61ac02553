// iron-session in a Fastify app: the session is in the cookie, encrypted.

import type { FastifyReply, FastifyRequest } from 'fastify';
import { getIronSession } from 'iron-session';
import { answersUser, createApp, listen, readUser, requireUser, SECRET, type User } from '../plain-app.ts';

const options = { password: SECRET, cookieName: 'session', cookieOptions: { secure: false } };

const app = createApp();
app.post('/sign-in', async (request, reply) => {
  const session = await openSession(request, reply);
  session.user = readUser(request);
  await session.save();
  return { user: session.user };
});
app.get('/me', answersUser, async (request, reply) => ({
  user: requireUser((await openSession(request, reply)).user),
}));
await listen(app);

function openSession(request: FastifyRequest, reply: FastifyReply) {
  return getIronSession<{ user?: User }>(request.raw, reply.raw, options);
}
