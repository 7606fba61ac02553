// The account routes that both APIs share. How a user signs in and out is each API's own.
//
//   POST /auth/register      GET /auth/me      POST /auth/password

import { type SignedInRequest, withPrincipal } from '@statecraft/auth-fastify';
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

interface PasswordRoute {
  readonly Body: PasswordChange;
}

export interface AccountRoutesOptions {
  readonly accounts: Accounts;
  /** OpenAPI security of the routes behind a guard, such as `[{ cookie: [] }]`. */
  readonly security: readonly Record<string, readonly string[]>[];
  /** Ends the user's other sessions when the password changes (ASVS 7.4.3). Called twice; must be repeatable. */
  readonly endOtherSessions?: (request: SignedInRequest<PasswordRoute>) => Promise<unknown>;
  /** Gives the present session a new token as the last step, so that a copy of its cookie is dead (ASVS 7.2.4). */
  readonly renewSession?: (request: SignedInRequest<PasswordRoute>) => Promise<unknown>;
}

/** Zod types as JSON Schema for Fastify. */
export const toSchema = (type: z.ZodType) => z.toJSONSchema(type, { target: 'draft-7' });

/** Schema of an answer without a body. */
export const NO_CONTENT = { 204: { type: 'null' } } as const;

export const accountRoutes: FastifyPluginAsync<AccountRoutesOptions> = async (app, options) => {
  const { accounts, security, endOtherSessions, renewSession } = options;
  const signedIn = { onRequest: app.requirePrincipal };
  // @fastify/swagger reads `summary` and `security` from a route's schema.
  const describe = (summary: string, schema: FastifySchema): FastifySchema => Object.assign({ summary }, schema);
  const secure = (summary: string, schema: FastifySchema) => Object.assign({ security }, describe(summary, schema));

  app.post<{ Body: Credentials }>(
    '/auth/register',
    {
      config: { authEvent: 'register' },
      schema: describe('Makes an account.', {
        body: toSchema(Credentials),
        response: { 201: toSchema(UserAnswer) },
      }),
    },
    async ({ body, ip }, reply) => {
      reply.code(201);
      return { user: await accounts.register(body.username, body.password, ip) };
    },
  );

  // The credential holds all that this route needs. It asks no directory.
  app.get(
    '/auth/me',
    { ...signedIn, schema: secure('Answers who is signed in.', { response: { 200: toSchema(UserAnswer) } }) },
    withPrincipal(({ principal: { userId, username, roles } }) => ({ user: { id: userId, username, roles } })),
  );

  app.post<PasswordRoute>(
    '/auth/password',
    {
      ...signedIn,
      config: { authEvent: 'password-change' },
      schema: secure('Changes the password.', { body: toSchema(PasswordChange), response: NO_CONTENT }),
    },
    withPrincipal<PasswordRoute>(async (request, reply) => {
      const { principal, body, ip: address } = request;
      await accounts.changePassword({
        userId: principal.userId,
        current: body.currentPassword,
        next: body.newPassword,
        address,
        ...(endOtherSessions && { endSessions: () => endOtherSessions(request) }),
      });
      await renewSession?.(request);
      reply.code(204);
    }),
  );
};

/** For the log of auth events: the username in the request's body, or the id of the signed-in user. */
export function nameUser({ body, principal }: FastifyRequest, event: string): string | undefined {
  return event === 'sign-in' || event === 'register' ? (body as Credentials).username : principal?.userId;
}
