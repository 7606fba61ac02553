// SESSION_ENGINE=fastify-session: the real @fastify/session over our store, with the few names that the routes use, so
// that both can be compared on the same routes.

import { randomBytes } from 'node:crypto';
import fastifyCookie from '@fastify/cookie';
import fastifySession from '@fastify/session';
import { AuthError, type SessionStore, type SessionStrategy, type Subject, sessionIdOf } from '@statecraft/auth-core';
import { createSessionIdGenerator, toSessionCallbackStore } from '@statecraft/auth-fastify';
import type { FastifyInstance, FastifyReply, FastifyRequest, HookHandlerDoneFunction } from 'fastify';

interface SessionUser {
  readonly id: string;
  readonly username: string;
  readonly roles: readonly string[];
}

export interface FastifySessionEngine {
  readonly store: SessionStore;
  readonly strategy: SessionStrategy;
  readonly secret: string | undefined;
  readonly secure: boolean;
}

const userIn = (session: object): SessionUser | undefined => (session as { user?: SessionUser }).user;
const userIdOf = (session: object): string | undefined => userIn(session)?.id;

export async function useFastifySession(app: FastifyInstance, engine: FastifySessionEngine): Promise<void> {
  const { store, strategy, secret = randomBytes(32).toString('base64url'), secure } = engine;
  const { idleMs, absoluteMs } = strategy;
  if (engine.secret === undefined) {
    process.stderr.write(
      'SESSION_SECRET is not set: one was made. After a restart, and on another server, its cookies are refused.\n',
    );
  }
  await app.register(fastifyCookie);
  await app.register(fastifySession, {
    secret,
    cookieName: secure ? '__Host-session' : 'session',
    cookie: { secure, httpOnly: true, sameSite: 'lax', path: '/', maxAge: idleMs },
    saveUninitialized: false,
    idGenerator: createSessionIdGenerator({ userIdOf }),
    store: toSessionCallbackStore(store, { idleMs, absoluteMs, userIdOf }) as never,
  });
  app.decorate('sessions', strategy);
  app.decorate('requirePrincipal', requirePrincipal);
  app.decorateRequest('principal', null);
  app.decorateRequest('signIn', signIn);
  app.addHook('onSend', async (request, reply) => {
    if (request.principal !== null || reply.hasHeader('set-cookie')) reply.header('cache-control', 'no-store');
  });
}

async function signIn(this: FastifyRequest, { userId, username, roles }: Subject): Promise<void> {
  Reflect.set(this.session, 'user', { id: userId, username, roles });
  await this.session.regenerate(['user'] as never);
}

function requirePrincipal(request: FastifyRequest, _reply: FastifyReply, done: HookHandlerDoneFunction) {
  const user = userIn(request.session);
  if (user === undefined) return done(new AuthError('ERR_UNAUTHENTICATED'));
  const { id: userId, username, roles } = user;
  const sessionId = sessionIdOf(request.session.sessionId ?? '') ?? '';
  request.principal = { userId, username, roles, credential: { kind: 'session', sessionId } };
  done();
}
