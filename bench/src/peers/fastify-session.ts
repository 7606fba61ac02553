// @fastify/session over its own memory store, or with REDIS_URL over connect-redis. ROLLING=0: without a Set-Cookie in
// every answer.

import cookie from '@fastify/cookie';
import session from '@fastify/session';
import { openConnectRedis } from './connect-redis.ts';
import { answer, demand, listen, newPeer, type Person, personIn } from './person.ts';

const store = process.env.REDIS_URL === undefined ? undefined : await openConnectRedis(process.env.REDIS_URL);
const app = newPeer();
await app.register(cookie);
await app.register(session, {
  secret: 'a secret of the bench, which is longer than 32 bytes',
  cookie: { secure: false, maxAge: 1_800_000 },
  rolling: process.env.ROLLING !== '0',
  saveUninitialized: false,
  ...(store === undefined ? {} : { store: store as never }),
});
app.post('/sign-in', async (request) => {
  request.session.set('user' as never, personIn(request) as never);
  return {};
});
app.get('/auth/me', answer, (request) => ({
  user: demand(request.session.get('user' as never) as Person | undefined),
}));
await listen(app);
