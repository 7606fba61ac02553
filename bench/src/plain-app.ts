// What the plain contenders share: a Fastify app without options, the same answer, and the line that says where
// it listens.
// POST /sign-in takes a user and no password, because only the requests after it are measured.

import { type FastifyInstance, type FastifyRequest, fastify } from 'fastify';

export interface User {
  readonly id: string;
  readonly username: string;
  readonly roles: readonly string[];
}

export const SECRET = 'a secret of the bench, which is longer than 32 bytes';

/** The claims that both of our token contenders expect: the defaults of the stateless API. */
export const TOKEN_CLAIMS = { issuer: 'statecraft', audience: 'statecraft-api', ttlSeconds: 900 };

/** A busy machine makes a measurement slow, but must not end it. */
export const REDIS_DEADLINE_MS = 20_000;

export const SESSION_MS = 1_800_000;

const user = {
  type: 'object',
  required: ['id', 'username', 'roles'],
  properties: {
    id: { type: 'string' },
    username: { type: 'string' },
    roles: { type: 'array', items: { type: 'string' } },
  },
};

/** Route options: Fastify's compiled serialiser writes `{"user": {"id", "username", "roles"}}`, as in the APIs. */
export const answersUser = {
  schema: { response: { 200: { type: 'object', required: ['user'], properties: { user } } } },
};

export function createApp(): FastifyInstance {
  return fastify({ logger: false });
}

/** Reads the user whom POST /sign-in names. */
export function readUser(request: FastifyRequest): User {
  return request.body as User;
}

export function readBearer({ headers }: FastifyRequest): string {
  return headers.authorization?.startsWith('Bearer ') ? headers.authorization.slice('Bearer '.length) : '';
}

/** @throws an error with the status 401 without a user. */
export function requireUser(found: User | undefined): User {
  if (found === undefined) throw Object.assign(new Error('Sign in to continue.'), { statusCode: 401 });
  return found;
}

export async function listen(app: FastifyInstance): Promise<void> {
  announce(await app.listen({ port: 0, host: '127.0.0.1' }));
}

/** Writes the line that `startNode` of infra-dev waits for. */
export function announce(url: string): void {
  process.stderr.write(`listens on ${url}\n`);
}
