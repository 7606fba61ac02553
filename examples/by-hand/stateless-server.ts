// The stateless answer, by hand: the credential is a signed token that says who the user is. The server keeps nothing.
// Compare with stateful-server.ts: the same order and the same names. README.md lists what both lack.

import { createHmac, randomBytes } from 'node:crypto';
import Fastify, { type FastifyReply, type FastifyRequest } from 'fastify';
import { body, type Credentials, createUsers, type User } from './users.ts';

export function buildServer() {
  const app = Fastify();
  const users = createUsers();

  /** All that the server remembers: one key, for all users. Every server needs the same key. */
  const key = process.env.JWT_SECRET ?? randomBytes(32).toString('hex');

  /** Signs a token: header, claims and signature, each in base64url (RFC 7519). */
  function issueCredential(user: User, _request: FastifyRequest, _reply: FastifyReply): object {
    const content = `${encode({ alg: 'HS256', typ: 'JWT' })}.${encode(user)}`;
    return { tokenType: 'Bearer', accessToken: `${content}.${sign(content)}` };
  }

  /** Checks the signature. The claims say who the user is: nothing is looked up. */
  function authenticate(request: FastifyRequest): User | undefined {
    const [header, claims = '', signature] = readCredential(request).split('.');
    return signature === sign(`${header}.${claims}`) ? decode(claims) : undefined;
  }

  /** Does nothing: the server holds nothing that it could delete. The client deletes its token. */
  function endCredential(_request: FastifyRequest, _reply: FastifyReply): void {}

  function readCredential(request: FastifyRequest): string {
    return request.headers.authorization?.replace('Bearer ', '') ?? '';
  }

  const sign = (content: string): string => createHmac('sha256', key).update(content).digest('base64url');
  const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const decode = (claims: string): User => JSON.parse(Buffer.from(claims, 'base64url').toString());

  app.post<{ Body: Credentials }>('/auth/register', { schema: { body } }, async (request, reply) => {
    return reply.code(201).send({ user: await users.add(request.body) });
  });

  app.post<{ Body: Credentials }>('/auth/login', { schema: { body } }, async (request, reply) => {
    const user = await users.check(request.body);
    if (user === undefined) return reply.code(401).send({ message: 'The username or the password is wrong.' });
    return { user, ...issueCredential(user, request, reply) };
  });

  app.get('/auth/me', async (request, reply) => {
    const user = authenticate(request);
    return user === undefined ? reply.code(401).send({ message: 'Sign in first.' }) : { user };
  });

  app.post('/auth/logout', async (request, reply) => {
    endCredential(request, reply);
    return reply.code(204).send();
  });

  return app;
}

if (import.meta.main)
  console.log(`Listening on ${await buildServer().listen({ port: Number(process.env.PORT ?? 3000) })}`);
