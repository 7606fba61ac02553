// The stateless answer, whole: the token says who you are, and this server remembers nothing between two requests.
// Beside apps/stateful-api/src/app.ts, the difference between the two is the lesson.

import { randomBytes } from 'node:crypto';
import {
  Credentials,
  createAccounts,
  createMemoryDirectory,
  createPasswords,
  PasswordChange,
  seedDemoUsers,
  type User,
  UserAnswer,
} from '@statecraft/accounts';
import { AuthError, parseJwtKeys } from '@statecraft/auth-core';
import { jwtPlugin } from '@statecraft/auth-fastify';
import { createService, logAuthEvents, showFigures } from '@statecraft/service-kit';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { StatelessConfig } from './config.ts';
import { tokenCacheFigures } from './token-cache-figures.ts';

const schema = (type: z.ZodType) => z.toJSONSchema(type, { target: 'draft-7' });
/** RFC 7517, 5: empty with HS256, whose key is a secret. */
const KeySet = z.object({
  keys: z.array(
    z.object({ kty: z.string(), crv: z.string(), x: z.string(), kid: z.string(), use: z.string(), alg: z.string() }),
  ),
});
const TokenAnswer = UserAnswer.extend({ tokenType: z.literal('Bearer'), accessToken: z.string(), expiresIn: z.int() });

export async function buildApp(config: StatelessConfig): Promise<FastifyInstance> {
  const app = await createService({
    name: 'stateless-api',
    description: 'Tell me who you are every time: signed tokens.',
    instanceId: config.INSTANCE_ID,
    logLevel: config.LOG_LEVEL,
    trustProxy: config.TRUST_PROXY,
    bodyLimit: config.BODY_LIMIT_BYTES,
    docs: config.DOCS,
    securitySchemes: { bearer: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' } },
  });
  const directory = createMemoryDirectory();
  const passwords = createPasswords({ cost: config.PASSWORD_COST, allowLowCost: config.PASSWORD_COST < 10 });
  const accounts = createAccounts({ directory, passwords });
  if (config.DEMO_USERS) await seedDemoUsers({ directory, passwords });

  await app.register(jwtPlugin, {
    keys: keysOf(config),
    issuer: config.JWT_ISSUER,
    audience: config.JWT_AUDIENCE,
    ttlSeconds: config.JWT_TTL_SECONDS,
    engine: config.JWT_ENGINE,
    cache: cacheOf(config),
  });
  showFigures(app, tokenCacheFigures(app.tokens));
  logAuthEvents(app, userIn);
  const signedIn = { onRequest: app.requirePrincipal };
  const security = [{ bearer: [] }];
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
    { config: { authEvent: 'sign-in' }, schema: { ...credentials, response: { 200: schema(TokenAnswer) } } },
    async ({ body, ip }, reply) => {
      const user = await accounts.signIn(body.username, body.password, ip);
      const { accessToken, expiresIn } = app.tokens.issue({
        userId: user.id,
        username: user.username,
        roles: user.roles,
      });
      reply.header('cache-control', 'no-store');
      return { tokenType: 'Bearer', accessToken, expiresIn, user };
    },
  );

  // All that this route knows of the user stands in the token: it works after a restart, and on every other server.
  app.get(
    '/auth/me',
    { ...signedIn, schema: { security, response: { 200: schema(UserAnswer) } } },
    ({ principal }) => ({
      user:
        principal &&
        ({ id: principal.userId, username: principal.username, roles: [...principal.roles] } satisfies User),
    }),
  );

  // There is nothing to end here: the client forgets its token, and whoever kept a copy can use it until it expires.
  app.post(
    '/auth/logout',
    { config: { authEvent: 'sign-out' }, schema: { response: { 204: { type: 'null' } } } },
    async (_request, reply) => {
      reply.code(204);
    },
  );

  app.post(
    '/auth/logout-all',
    { ...signedIn, config: { authEvent: 'sign-out-all' }, schema: { security, response: { 501: { $ref: 'Error#' } } } },
    async () => {
      throw new AuthError('ERR_TOKENS_NOT_REVOCABLE');
    },
  );

  app.post<{ Body: PasswordChange }>(
    '/auth/password',
    {
      ...signedIn,
      config: { authEvent: 'password-change' },
      schema: { security, body: schema(PasswordChange), response: { 204: { type: 'null' } } },
    },
    async ({ body, principal }, reply) => {
      await accounts.changePassword(principal?.userId ?? '', body.currentPassword, body.newPassword);
      reply.code(204);
    },
  );

  app.get('/.well-known/jwks.json', { schema: { response: { 200: schema(KeySet) } } }, () => app.tokens.jwks());
  return app;
}

/** For the log: the name that was given, or whose token it is. */
function userIn({ body, principal }: FastifyRequest, event: string): string | undefined {
  return event === 'sign-in' || event === 'register' ? (body as Credentials).username : principal?.userId;
}

function cacheOf({ JWT_CACHE_ENTRIES: maxEntries, JWT_CACHE_BYTES: maxBytes }: StatelessConfig) {
  return maxEntries > 0 && maxBytes > 0 ? { maxEntries, maxBytes } : false;
}

function keysOf(config: StatelessConfig) {
  if (config.JWT_KEYS !== undefined) return parseJwtKeys(config.JWT_KEYS);
  if (config.JWT_SECRET !== undefined) return { secret: config.JWT_SECRET };
  process.stderr.write(
    'JWT_SECRET is not set: a secret was made for this process. After a restart, and on another server, ' +
      'the tokens that it signed are refused.\n',
  );
  return { secret: randomBytes(48) };
}
