// The stateless answer: the token says who the user is, and the server stores nothing between two requests.
// Compare with apps/stateful-api/src/app.ts: what differs is how a credential is issued and ended.

import {
  accountRoutes,
  adminRoutes,
  Credentials,
  createAdministration,
  createCountsLog,
  NO_CONTENT,
  nameTarget,
  nameUser,
  openAccounts,
  toSchema,
  UserAnswer,
} from '@statecraft/accounts';
import { GuardError, jwtPlugin } from '@statecraft/auth-fastify';
import {
  createService,
  logAuthEvents,
  readAccountOptions,
  readServiceOptions,
  showFigures,
} from '@statecraft/service-kit';
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import type { StatelessConfig } from './config.ts';
import { ENGINES } from './engines.ts';
import { keySetRoutes } from './key-set.ts';
import { createTokenCacheFigures } from './token-cache-figures.ts';
import { readTokenOptions } from './token-options.ts';

const TokenAnswer = UserAnswer.extend({ tokenType: z.literal('Bearer'), accessToken: z.string(), expiresIn: z.int() });

export async function buildApp(config: StatelessConfig): Promise<FastifyInstance> {
  const app = await createService({
    ...readServiceOptions(config),
    name: 'stateless-api',
    description: 'Tell me who you are every time: signed tokens.',
    securitySchemes: { bearer: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' } },
  });
  const { accounts, directory, passwords, advice, check, close } = await openAccounts({
    ...readAccountOptions(config),
    onCountsChange: createCountsLog(app.log),
  });
  for (const line of advice) app.log.warn(line);
  app.addHook('onClose', close);
  // Not required: /auth/me asks no database, and users who are signed in need a server.
  app.addReadinessCheck('database', check, { required: false });
  await app.register(jwtPlugin, { ...readTokenOptions(config), codec: ENGINES[config.JWT_ENGINE](app) });
  showFigures(app, createTokenCacheFigures(app.tokens));
  if (config.AUTH_EVENTS) logAuthEvents(app, nameUser, nameTarget);
  const signedIn = { onRequest: app.requirePrincipal };
  const security = [{ bearer: [] }];

  await app.register(accountRoutes, { accounts, security });

  app.post<{ Body: Credentials }>(
    '/auth/login',
    {
      config: { authEvent: 'sign-in' },
      schema: {
        summary: 'Checks the password and issues a signed token.',
        body: toSchema(Credentials),
        response: { 200: toSchema(TokenAnswer) },
      },
    },
    async (request, reply) => {
      const { username, password } = request.body;
      const user = await accounts.signIn(username, password, request.ip);
      const subject = { userId: user.id, username: user.username, roles: user.roles };
      const { accessToken, expiresIn } = app.tokens.issue(subject);
      reply.header('cache-control', 'no-store');
      return { tokenType: 'Bearer', accessToken, expiresIn, user };
    },
  );

  // The server has nothing to end. The client drops its token; a copy of the token works until it expires.
  app.post(
    '/auth/logout',
    {
      config: { authEvent: 'sign-out' },
      schema: { summary: 'Ends nothing: the client deletes its token.', response: NO_CONTENT },
    },
    async (_request, reply) => {
      reply.code(204);
    },
  );

  app.post(
    '/auth/logout-all',
    {
      ...signedIn,
      config: { authEvent: 'sign-out-all' },
      schema: { summary: 'Answers that tokens cannot be ended.', security, response: { 501: { $ref: 'Error#' } } },
    },
    async () => {
      throw new GuardError('ERR_TOKENS_NOT_REVOCABLE');
    },
  );

  await app.register(adminRoutes, { administration: createAdministration({ directory, passwords }), security });
  await app.register(keySetRoutes);
  return app;
}
