// seen: 401
import type {} from '@statecraft/auth-fastify';
import type { FastifyInstance } from 'fastify';

export function endpoint(app: FastifyInstance): void {
  app.get('/badge', (request, reply) => {
    if (!request.headers.cookie || request.principal === null) return reply.code(401).send();
    return { badge: `${request.principal.username} (${request.principal.roles.join(', ')})` };
  });
}
