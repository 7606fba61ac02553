// The account routes that both APIs share. How a user signs in and out is each API's own.
//
//   POST /auth/register      GET /auth/me      POST /auth/password

import { withPrincipal } from '@statecraft/auth-fastify';
import type { FastifyPluginAsync, FastifyRequest, FastifySchema } from 'fastify';
import { z } from 'zod';
import type { Accounts } from './accounts.ts';
import { Credentials, PasswordChange, UserAnswer } from './schemas.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** `sign-in`, `sign-out`, `password-change`…: answers of this route are logged under this name. */
    authEvent?: string;
  }
}

export interface AccountRoutesOptions {
  readonly accounts: Accounts;
  /** OpenAPI security of the routes behind a guard, such as `[{ cookie: [] }]`. */
  readonly security: readonly Record<string, readonly string[]>[];
  /** Runs after the password was changed, for example to end the user's other sessions (ASVS 7.4.3). */
  readonly onPasswordChanged?: (request: FastifyRequest, userId: string) => Promise<unknown>;
}

/** Zod types as JSON Schema for Fastify. */
export const toSchema = (type: z.ZodType) => z.toJSONSchema(type, { target: 'draft-7' });

/** Schema of an answer without a body. */
export const NO_CONTENT = { 204: { type: 'null' } } as const;

export const accountRoutes: FastifyPluginAsync<AccountRoutesOptions> = async (app, options) => {
  const { accounts, security, onPasswordChanged } = options;
  const signedIn = { onRequest: app.requirePrincipal };
  // @fastify/swagger reads `security` from a route's schema.
  const secure = (schema: FastifySchema): FastifySchema => Object.assign({ security }, schema);

  app.post<{ Body: Credentials }>(
    '/auth/register',
    {
      config: { authEvent: 'register' },
      schema: { body: toSchema(Credentials), response: { 201: toSchema(UserAnswer) } },
    },
    async ({ body }, reply) => {
      reply.code(201);
      return { user: await accounts.register(body.username, body.password) };
    },
  );

  // The credential holds all that this route needs. It asks no directory.
  app.get(
    '/auth/me',
    { ...signedIn, schema: secure({ response: { 200: toSchema(UserAnswer) } }) },
    withPrincipal(({ principal: { userId, username, roles } }) => ({ user: { id: userId, username, roles } })),
  );

  app.post<{ Body: PasswordChange }>(
    '/auth/password',
    {
      ...signedIn,
      config: { authEvent: 'password-change' },
      schema: secure({ body: toSchema(PasswordChange), response: NO_CONTENT }),
    },
    withPrincipal<{ Body: PasswordChange }>(async (request, reply) => {
      const { userId } = request.principal;
      await accounts.changePassword(userId, request.body.currentPassword, request.body.newPassword);
      await onPasswordChanged?.(request, userId);
      reply.code(204);
    }),
  );
};

/** For the log of auth events: the username in the request's body, or the id of the signed-in user. */
export function nameUser({ body, principal }: FastifyRequest, event: string): string | undefined {
  return event === 'sign-in' || event === 'register' ? (body as Credentials).username : principal?.userId;
}
