// seen: 200
import type {} from '@statecraft/auth-fastify';
import type { FastifyInstance } from 'fastify';

export function endpoint(app: FastifyInstance): void {
  app.get('/badge', ({ principal }) => ({ badge: `${principal?.username} (${principal?.roles.join(', ')})` }));
}
