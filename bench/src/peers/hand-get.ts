// By hand, no safety: one GET with ioredis, auto-pipelined, and JSON.parse. The token itself is the key.

import { randomBytes } from 'node:crypto';
import { Redis } from 'ioredis';
import { answer, demand, listen, newPeer, type Person, personIn } from './person.ts';

const client = new Redis(process.env.REDIS_URL ?? '', { enableAutoPipelining: true });

const app = newPeer();
app.post('/sign-in', async (request, reply) => {
  const token = randomBytes(32).toString('base64url');
  await client.set(`sess:${token}`, JSON.stringify({ user: personIn(request) }), 'PX', 1_800_000);
  reply.header('set-cookie', `session=${token}; Path=/; HttpOnly; SameSite=Lax`);
  return {};
});
app.get('/auth/me', answer, async ({ headers }) => {
  const text = await client.get(`sess:${headers.cookie?.slice('session='.length) ?? ''}`);
  return { user: demand(text === null ? undefined : (JSON.parse(text) as { user: Person }).user) };
});
await listen(app);
