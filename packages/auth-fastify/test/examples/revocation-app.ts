import { jwtPlugin, withPrincipal } from '@statecraft/auth-fastify';
import Fastify from 'fastify';

export async function buildWithRevocation(secret: string) {
  const app = Fastify();
  const blockedUsers = new Set<string>(); // in the memory of this process: other servers do not see it
  await app.register(jwtPlugin, {
    issuer: 'my-company',
    audience: 'my-api',
    keys: { secret },
    isRevoked: (principal) => blockedUsers.has(principal.userId),
  });

  app.post('/login', () => app.tokens.issue({ userId: '1', username: 'ada', roles: [] }));

  app.post(
    '/block-me',
    { onRequest: app.requirePrincipal },
    withPrincipal(({ principal }) => {
      blockedUsers.add(principal.userId);
      return { ok: true };
    }),
  );
  return app;
}
