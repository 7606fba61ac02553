import type {} from '@statecraft/auth-fastify';
import type { FastifyInstance } from 'fastify';

export function endpoint(app: FastifyInstance): void {
  app.get('/badge', { onRequest: app.requirePrincipal }, ({ principal }) => ({
    badge: `${principal?.username} (${principal?.roles.join(', ')})`,
  }));
}
