// The measure of all: a Fastify route that answers the same JSON and asks nobody who they are.
//
// One that waits for its first request loses the quick way through process.nextTick, and answers a fifth less for as long as it
// lives (docs/decisions/0005). Our service keeps it; with TICKS=quick this one does, too.

import { answer, listen, newPeer } from './person.ts';

const SOMEBODY = { id: 'kxLz3yZq1Rw8vTn5uJm2Pg', username: 'user00042', roles: ['user'] };

if (process.env.TICKS === 'quick') await import('@statecraft/service-kit');

const app = newPeer();
app.post('/sign-in', () => ({}));
app.get('/auth/me', answer, () => ({ user: SOMEBODY }));
await listen(app);
