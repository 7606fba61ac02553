// better-auth in a Fastify app, called as its Fastify guide shows. Sessions are in a Map by its `secondaryStorage`
// option, its cheapest way to keep them on the server: a request needs nothing from the database of users.
// The password hash is left out, because the sign-in is not measured.

import { type BetterAuthOptions, betterAuth } from 'better-auth';
import { memoryAdapter } from 'better-auth/adapters/memory';
import { fromNodeHeaders } from 'better-auth/node';
import { answersUser, createApp, listen, readUser, requireUser, SECRET } from '../plain-app.ts';

const sessions = new Map<string, string>();
const options = {
  secret: SECRET,
  baseURL: 'http://127.0.0.1',
  database: memoryAdapter({ user: [], account: [], session: [], verification: [] }),
  secondaryStorage: {
    get: (key) => sessions.get(key),
    set: (key, value) => sessions.set(key, value),
    delete: (key) => void sessions.delete(key),
    getAndDelete: notUsed,
    increment: notUsed,
  },
  emailAndPassword: {
    enabled: true,
    password: { hash: async (password) => password, verify: async ({ hash, password }) => hash === password },
  },
  user: { additionalFields: { roles: { type: 'string[]', required: true } } },
} satisfies BetterAuthOptions;
const auth = betterAuth(options);

const app = createApp();
app.post('/sign-in', async (request, reply) => {
  const { username: name, roles } = readUser(request);
  const body = { name, email: `${name}@example.com`, password: 'correct horse', roles: [...roles] };
  const { headers, response } = await auth.api.signUpEmail({ body, returnHeaders: true });
  reply.header('set-cookie', headers.getSetCookie());
  return { user: { id: response.user.id, username: name, roles } };
});
app.get('/me', answersUser, async ({ headers }) => {
  const found = await auth.api.getSession({ headers: fromNodeHeaders(headers) });
  return { user: requireUser(found ? { ...found.user, username: found.user.name } : undefined) };
});
await listen(app);

/** For one-time values and the limit of its own routes, which are not served here. */
function notUsed(): never {
  throw new Error('The bench does not use this part of better-auth.');
}
