// The types of app.requirePrincipal and request.principal.
import type {} from '@statecraft/auth-fastify';
import type { FastifyInstance } from 'fastify';

export function endpoint(app: FastifyInstance): void {
  app.get('/hello', () => ({ hello: 'world' }));
}
