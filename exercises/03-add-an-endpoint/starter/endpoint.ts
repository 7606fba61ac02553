import type { FastifyInstance } from 'fastify';

export function endpoint(app: FastifyInstance): void {
  app.get('/hello', () => ({ hello: 'world' }));
}
