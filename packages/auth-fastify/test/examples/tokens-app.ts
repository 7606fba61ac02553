import { jwtPlugin } from '@statecraft/auth-fastify';
import Fastify from 'fastify';

export async function buildWithTokens(secret: string) {
  const app = Fastify();
  await app.register(jwtPlugin, { issuer: 'my-company', audience: 'my-api', keys: { secret }, ttlSeconds: 900 });

  app.post('/login', () => {
    // Check the password first.
    const { accessToken, expiresIn } = app.tokens.issue({ userId: '1', username: 'ada', roles: ['user'] });
    return { accessToken, tokenType: 'Bearer', expiresIn };
  });

  app.get('/me', { onRequest: app.requirePrincipal }, (request) => ({ user: request.principal }));
  return app;
}
