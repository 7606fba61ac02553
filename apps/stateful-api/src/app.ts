// The stateful answer: the cookie is a random number, and a store holds the session that belongs to it.
// Compare with apps/stateless-api/src/app.ts: what differs is how a credential is issued and ended.

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
import { withPrincipal } from '@statecraft/auth-fastify';
import { createService, logAuthEvents, readAccountOptions, readServiceOptions } from '@statecraft/service-kit';
import type { FastifyInstance } from 'fastify';
import { cartRoutes } from './cart.ts';
import type { StatefulConfig } from './config.ts';
import { describeDeviceRoutes } from './device-schemas.ts';
import { deviceRoutes, readSessionId } from './devices.ts';
import { ENGINES } from './engines/engines.ts';
import { createManagedSessions } from './managed-sessions.ts';
import { openSessions } from './open-sessions.ts';

/** Names of session data that a new token keeps. `user` is @fastify/session's. */
const KEPT_DATA = ['cart', 'user'];

export async function buildApp(config: StatefulConfig): Promise<FastifyInstance> {
  const app = await createService({
    ...readServiceOptions(config),
    name: 'stateful-api',
    description: `I remember you: sessions in ${config.SESSION_STORE}.`,
    securitySchemes: {
      cookie: { type: 'apiKey', in: 'cookie', name: config.SESSION_COOKIE_SECURE ? '__Host-session' : 'session' },
    },
  });
  const { engine, sharedCounts } = await openSessions(app, config);
  const { accounts, directory, passwords, advice, check, close } = await openAccounts({
    ...readAccountOptions(config),
    sharedCounts,
    onCountsChange: createCountsLog(app.log),
  });
  for (const line of advice) app.log.warn(line);
  app.addHook('onClose', close);
  // Not required: /auth/me asks no database, and users who are signed in need a server.
  app.addReadinessCheck('database', check, { required: false });
  describeDeviceRoutes(app);
  await ENGINES[config.SESSION_ENGINE](app, engine);
  if (config.AUTH_EVENTS) logAuthEvents(app, nameUser, nameTarget);
  const signedIn = { onRequest: app.requirePrincipal };
  const security = [{ cookie: [] }];

  await app.register(accountRoutes, {
    accounts,
    security,
    endOtherSessions: async ({ principal, sessions }) =>
      sessions.revokeAll(principal.userId, { except: readSessionId(principal) }),
    renewSession: ({ session }) => session.regenerate(KEPT_DATA),
  });

  app.post<{ Body: Credentials }>(
    '/auth/login',
    {
      config: { authEvent: 'sign-in' },
      schema: {
        summary: 'Checks the password, stores a session and sets its cookie.',
        body: toSchema(Credentials),
        response: { 200: toSchema(UserAnswer) },
      },
    },
    async (request) => {
      const { username, password } = request.body;
      const device = { address: request.ip, browser: request.headers['user-agent'] };
      const user = await accounts.signIn(username, password, request.ip, async ({ id: userId, username, roles }) => {
        await request.signIn({ userId, username, roles }, { device });
        return () => request.session.destroy();
      });
      return { user };
    },
  );

  // The session ends in the store: a copy of the cookie is then a number without a session.
  app.post(
    '/auth/logout',
    {
      config: { authEvent: 'sign-out' },
      schema: { summary: 'Ends the session and removes the cookie.', response: NO_CONTENT },
    },
    async (request, reply) => {
      await request.session.destroy();
      reply.code(204);
    },
  );

  app.post(
    '/auth/logout-all',
    {
      ...signedIn,
      config: { authEvent: 'sign-out-all' },
      schema: { summary: 'Ends all sessions of the user.', security, response: NO_CONTENT },
    },
    withPrincipal(async (request, reply) => {
      await request.sessions.revokeAll(request.principal.userId);
      // The session has ended with the others. This removes the cookie.
      await request.session.destroy();
      reply.code(204);
    }),
  );

  const sessions = createManagedSessions(app.sessions, { endsOnChange: config.SESSION_ENGINE === 'fastify-session' });
  await app.register(adminRoutes, {
    administration: createAdministration({ directory, passwords, sessions }),
    security,
  });
  await app.register(deviceRoutes, { security });
  await app.register(cartRoutes, { security });
  return app;
}
