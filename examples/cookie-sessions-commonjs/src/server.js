// Sessions in a cookie, in CommonJS and plain JavaScript.

const { createMemoryStore } = require('@statecraft/auth-core/memory');
const { sessionPlugin } = require('@statecraft/auth-fastify');
const Fastify = require('fastify');

// Replace it with a table of users, and keep only hashes of the passwords (argon2 or scrypt).
const users = [{ userId: '1', username: 'ada', password: 'lovelace', roles: ['user'] }];

const credentialsSchema = {
  type: 'object',
  required: ['username', 'password'],
  properties: { username: { type: 'string' }, password: { type: 'string' } },
};

async function start() {
  const app = Fastify();
  await app.register(sessionPlugin, {
    store: createMemoryStore(),
    // The cookie is Secure by default, and needs TLS. Here it is off on your own machine.
    cookie: { secure: process.env.NODE_ENV === 'production' },
  });

  app.post('/login', { schema: { body: credentialsSchema } }, async (request, reply) => {
    const { username, password } = request.body;
    const user = users.find((one) => one.username === username && one.password === password);
    if (user === undefined) return reply.code(401).send({ message: 'The name or the password is wrong.' });
    await request.signIn({ userId: user.userId, username: user.username, roles: user.roles });
    return { hello: user.username };
  });

  // The session is stored before the answer is sent, because it was changed.
  app.get('/me', { onRequest: app.requirePrincipal }, (request) => {
    request.session.visits = (request.session.visits ?? 0) + 1;
    return { username: request.principal.username, visits: request.session.visits };
  });

  app.post('/logout', async (request) => {
    await request.session.destroy();
    return { goodbye: true };
  });

  console.log(`Listening on ${await app.listen({ port: Number(process.env.PORT ?? 3000) })}`);
}

start();
