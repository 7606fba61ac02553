// express-session on Express, over its own memory store, or with REDIS_URL over connect-redis.

import type { AddressInfo } from 'node:net';
import express from 'express';
import session from 'express-session';
import { openConnectRedis } from './connect-redis.ts';
import { heapUsed, type Person } from './person.ts';

const store = process.env.REDIS_URL === undefined ? undefined : await openConnectRedis(process.env.REDIS_URL);
const app = express();
app.use(express.json());
app.use(
  session({
    secret: 'a secret of the bench, which is longer than 32 bytes',
    cookie: { maxAge: 1_800_000 },
    resave: false,
    saveUninitialized: false,
    ...(store === undefined ? {} : { store }),
  }),
);
app.post('/sign-in', (request, response) => {
  Reflect.set(request.session, 'user', request.body);
  response.json({});
});
app.get('/auth/me', (request, response) => {
  const user = Reflect.get(request.session, 'user') as Person | undefined;
  if (user === undefined) response.status(401).json({ message: 'Sign in to continue.' });
  else response.json({ user });
});
if (globalThis.gc !== undefined) {
  app.get('/heap', (_request, response) => {
    response.json({ heapUsed: heapUsed(), rss: process.memoryUsage.rss() });
  });
}
const server = app.listen(0, '127.0.0.1', () => {
  process.stderr.write(`listens on http://127.0.0.1:${(server.address() as AddressInfo).port}\n`);
});
