// The base of every ratio: a Fastify route that answers the same JSON and authenticates no one.

import { answersUser, createApp, listen } from '../plain-app.ts';

const user = { id: 'kxLz3yZq1Rw8vTn5uJm2Pg', username: 'user00042', roles: ['user'] };

const app = createApp();
app.get('/me', answersUser, () => ({ user }));
await listen(app);
