// What every peer answers and how it listens: the same JSON, the same address, the same first line.

import { type FastifyInstance, type FastifyRequest, fastify } from 'fastify';

export interface Person {
  readonly id: string;
  readonly username: string;
  readonly roles: readonly string[];
}

/** `{"user": {id, username, roles}}`, by Fastify's compiled serialiser, as in our apps. */
const response = {
  200: {
    type: 'object',
    required: ['user'],
    properties: {
      user: {
        type: 'object',
        required: ['id', 'username', 'roles'],
        properties: {
          id: { type: 'string' },
          username: { type: 'string' },
          roles: { type: 'array', items: { type: 'string' } },
        },
      },
    },
  },
};

export const answer = { schema: { response } };

export function newPeer(): FastifyInstance {
  return fastify({ logger: false });
}

/** Whom POST /sign-in names. There is no password: a peer shows what comes after it. */
export const personIn = (request: FastifyRequest): Person => request.body as Person;

/** The guard of every peer: who is nobody is refused. */
export function demand(person: Person | undefined): Person {
  if (person === undefined) throw Object.assign(new Error('Sign in to continue.'), { statusCode: 401 });
  return person;
}

/** bytes of heap in use once everything that can be collected is; for servers started with --expose-gc. */
export function heapUsed(): number {
  for (let times = 0; times < 3; times++) globalThis.gc?.();
  return process.memoryUsage().heapUsed;
}

export async function listen(app: FastifyInstance): Promise<void> {
  if (globalThis.gc !== undefined) app.get('/heap', () => ({ heapUsed: heapUsed(), rss: process.memoryUsage.rss() }));
  process.stderr.write(`listens on ${await app.listen({ port: 0, host: '127.0.0.1' })}\n`);
}
