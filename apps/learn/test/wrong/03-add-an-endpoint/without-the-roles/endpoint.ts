// seen: 200 {"badge":"user-
import type {} from '@statecraft/auth-fastify';
import type { FastifyInstance } from 'fastify';

export function endpoint(app: FastifyInstance): void {
  app.get('/badge', { onRequest: app.requirePrincipal }, ({ principal }) => ({ badge: principal?.username }));
}
