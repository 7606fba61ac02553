// express-session on Express, with its own memory store.

import type { AddressInfo } from 'node:net';
import express from 'express';
import session from 'express-session';
import { announce, SECRET, SESSION_MS, type User } from '../plain-app.ts';

const app = express();
app.use(express.json());
app.use(session({ secret: SECRET, cookie: { maxAge: SESSION_MS }, resave: false, saveUninitialized: false }));
app.post('/sign-in', (request, response) => {
  Reflect.set(request.session, 'user', request.body);
  response.json({ user: request.body });
});
app.get('/me', (request, response) => {
  const user = Reflect.get(request.session, 'user') as User | undefined;
  if (user === undefined) response.status(401).json({ message: 'Sign in to continue.' });
  else response.json({ user });
});
const server = app.listen(0, '127.0.0.1', () => announce(`http://127.0.0.1:${(server.address() as AddressInfo).port}`));
