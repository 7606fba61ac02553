// Written by hand: one GET with ioredis, auto-pipelined, and JSON.parse. It has no idle expiry, no deadline and no
// index by user, and the token itself is the key.

import { randomBytes } from 'node:crypto';
import { Redis } from 'ioredis';
import { answersUser, createApp, listen, readUser, requireUser, SESSION_MS, type User } from '../plain-app.ts';

const client = new Redis(process.env.REDIS_URL ?? '', { enableAutoPipelining: true });

const app = createApp();
app.post('/sign-in', async (request, reply) => {
  const token = randomBytes(32).toString('base64url');
  const user = readUser(request);
  await client.set(`bench:${token}`, JSON.stringify({ user }), 'PX', SESSION_MS);
  reply.header('set-cookie', `session=${token}; Path=/; HttpOnly; SameSite=Lax`);
  return { user };
});
app.get('/me', answersUser, async ({ headers }) => {
  const text = await client.get(`bench:${headers.cookie?.slice('session='.length) ?? ''}`);
  return { user: requireUser(text === null ? undefined : (JSON.parse(text) as { user: User }).user) };
});
await listen(app);
