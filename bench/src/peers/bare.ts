// The measure of all: a Fastify route that answers the same JSON and asks nobody who they are.

import { answer, listen, newPeer } from './person.ts';

const SOMEBODY = { id: 'kxLz3yZq1Rw8vTn5uJm2Pg', username: 'user00042', roles: ['user'] };

const app = newPeer();
app.post('/sign-in', () => ({}));
app.get('/auth/me', answer, () => ({ user: SOMEBODY }));
await listen(app);
