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

export async function listen(app: FastifyInstance): Promise<void> {
  process.stderr.write(`listens on ${await app.listen({ port: 0, host: '127.0.0.1' })}\n`);
}
