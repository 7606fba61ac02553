// The stateful answer, whole: the cookie is a random number, and what it stands for is in a store.
// Beside apps/stateless-api/src/app.ts, the difference between the two is the lesson.

import {
  Credentials,
  createAccounts,
  createMemoryDirectory,
  createPasswords,
  PasswordChange,
  seedDemoUsers,
  UserAnswer,
} from '@statecraft/accounts';
import { createSessionStrategy, type Principal } from '@statecraft/auth-core';
import { sessionPlugin } from '@statecraft/auth-fastify';
import { createService, logAuthEvents, ServiceError, showFigures } from '@statecraft/service-kit';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { cartRoutes } from './cart.ts';
import type { StatefulConfig } from './config.ts';
import { useFastifySession } from './engine-fastify-session.ts';
import { openStore } from './store.ts';

const schema = (type: z.ZodType) => z.toJSONSchema(type, { target: 'draft-7' });
const SessionList = z.object({
  sessions: z.array(z.object({ id: z.string(), current: z.boolean(), createdAt: z.string(), expiresAt: z.string() })),
});
const noContent = { 204: { type: 'null' } };

export async function buildApp(config: StatefulConfig): Promise<FastifyInstance> {
  const app = await createService({
    name: 'stateful-api',
    description: `I remember you: sessions in ${config.SESSION_STORE}.`,
    instanceId: config.INSTANCE_ID,
    logLevel: config.LOG_LEVEL,
    trustProxy: config.TRUST_PROXY,
    bodyLimit: config.BODY_LIMIT_BYTES,
    docs: config.DOCS,
    securitySchemes: {
      cookie: { type: 'apiKey', in: 'cookie', name: config.SESSION_COOKIE_SECURE ? '__Host-session' : 'session' },
    },
  });
  const directory = createMemoryDirectory();
  const passwords = createPasswords({ cost: config.PASSWORD_COST, allowLowCost: config.PASSWORD_COST < 10 });
  const accounts = createAccounts({ directory, passwords });
  if (config.DEMO_USERS) await seedDemoUsers({ directory, passwords });

  const { store, clock, check, close, figures = [], advice = [] } = await openStore(config);
  for (const line of advice) app.log.warn(line);
  showFigures(app, figures);
  app.addReadinessCheck(config.SESSION_STORE, check);
  app.addHook('onClose', close);
  const strategy = createSessionStrategy({
    store,
    idleMs: config.SESSION_IDLE_SECONDS * 1000,
    absoluteMs: config.SESSION_ABSOLUTE_SECONDS * 1000,
    ...(clock === undefined ? {} : { clock }),
  });
  const secure = config.SESSION_COOKIE_SECURE ?? true;
  if (config.SESSION_ENGINE === 'statecraft') await app.register(sessionPlugin, { strategy, cookie: { secure } });
  else {
    const times = clock === undefined ? {} : { clock };
    await useFastifySession(app, { store, strategy, secret: config.SESSION_SECRET, secure, ...times });
  }
  logAuthEvents(app, userIn);
  const signedIn = { onRequest: app.requirePrincipal };
  const security = [{ cookie: [] }];
  const credentials = { body: schema(Credentials) };

  app.post<{ Body: Credentials }>(
    '/auth/register',
    { config: { authEvent: 'register' }, schema: { ...credentials, response: { 201: schema(UserAnswer) } } },
    async ({ body }, reply) => {
      reply.code(201);
      return { user: await accounts.register(body.username, body.password) };
    },
  );

  app.post<{ Body: Credentials }>(
    '/auth/login',
    { config: { authEvent: 'sign-in' }, schema: { ...credentials, response: { 200: schema(UserAnswer) } } },
    async (request) => {
      const { username, password } = request.body;
      const user = await accounts.signIn(username, password, request.ip, async ({ id: userId, username, roles }) => {
        await request.signIn({ userId, username, roles });
        return () => request.session.destroy();
      });
      return { user };
    },
  );

  // All that this route knows of the user came out of the store: it works wherever the store can be reached.
  app.get('/auth/me', { ...signedIn, schema: { security, response: { 200: schema(UserAnswer) } } }, (request) => {
    const { userId, username, roles } = principalOf(request);
    return { user: { id: userId, username, roles } };
  });

  // The session ends in the store: whoever kept a copy of the cookie holds a number that stands for nothing.
  app.post(
    '/auth/logout',
    { config: { authEvent: 'sign-out' }, schema: { response: noContent } },
    async (request, reply) => {
      await request.session.destroy();
      reply.code(204);
    },
  );

  app.post(
    '/auth/logout-all',
    { ...signedIn, config: { authEvent: 'sign-out-all' }, schema: { security, response: noContent } },
    async (request, reply) => {
      await app.sessions.revokeAll(principalOf(request).userId);
      // Gone with the others; this takes the cookie back.
      await request.session.destroy();
      reply.code(204);
    },
  );

  app.get(
    '/auth/sessions',
    { ...signedIn, schema: { security, response: { 200: schema(SessionList) } } },
    async (request) => {
      const own = await app.sessions.list(principalOf(request).userId);
      const sessions = own.map(({ id, createdAt, idleExpiresAt }) => ({
        id,
        current: id === sessionIdIn(request),
        createdAt: new Date(createdAt).toISOString(),
        expiresAt: new Date(idleExpiresAt).toISOString(),
      }));
      return { sessions };
    },
  );

  app.delete<{ Params: { id: string } }>(
    '/auth/sessions/:id',
    { ...signedIn, config: { authEvent: 'session-end' }, schema: { security, response: noContent } },
    async (request, reply) => {
      const own = await app.sessions.list(principalOf(request).userId);
      // Another's session is not there, as far as this user can tell (ASVS 7.5.2).
      if (!own.some(({ id }) => id === request.params.id)) throw new ServiceError('ERR_NOT_FOUND');
      if (request.params.id === sessionIdIn(request)) await request.session.destroy();
      else await app.sessions.revoke(request.params.id);
      reply.code(204);
    },
  );

  app.post<{ Body: PasswordChange }>(
    '/auth/password',
    {
      ...signedIn,
      config: { authEvent: 'password-change' },
      schema: { security, body: schema(PasswordChange), response: noContent },
    },
    async (request, reply) => {
      const { userId } = principalOf(request);
      await accounts.changePassword(userId, request.body.currentPassword, request.body.newPassword);
      await app.sessions.revokeAll(userId, { except: sessionIdIn(request) });
      reply.code(204);
    },
  );

  await app.register(cartRoutes);
  return app;
}

/** For the log: the name that was given, or whose session it is. */
function userIn({ body, principal }: FastifyRequest, event: string): string | undefined {
  return event === 'sign-in' || event === 'register' ? (body as Credentials).username : principal?.userId;
}

function principalOf({ principal }: FastifyRequest): Principal {
  if (principal === null) throw new Error('This route needs the guard requirePrincipal.');
  return principal;
}

function sessionIdIn(request: FastifyRequest): string {
  const { credential } = principalOf(request);
  return credential.kind === 'session' ? credential.sessionId : '';
}
