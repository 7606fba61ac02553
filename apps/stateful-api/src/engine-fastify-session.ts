// SESSION_ENGINE=fastify-session: the real @fastify/session over our store, with the few names that the routes use, so
// that both can be compared on the same routes. What our plugin has beyond it (refusal of cross-site writes and of
// duplicate cookies, conflicts that are merged) is not here.

import { randomBytes } from 'node:crypto';
import fastifyCookie, { Signer } from '@fastify/cookie';
import fastifySession from '@fastify/session';
import {
  AuthError,
  type Principal,
  type SessionStore,
  type SessionStrategy,
  type Subject,
  sessionIdOf,
} from '@statecraft/auth-core';
import {
  createSessionIdGenerator,
  type SessionCallbackStore,
  signOnce,
  toSessionCallbackStore,
} from '@statecraft/auth-fastify';
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
  readonly clock?: () => number;
}

const userIn = (session: object): SessionUser | undefined => (session as { user?: SessionUser }).user;
const userIdOf = (session: object): string | undefined => userIn(session)?.id;

export async function useFastifySession(app: FastifyInstance, engine: FastifySessionEngine): Promise<void> {
  const { store, strategy, secure, clock } = engine;
  const { idleMs, absoluteMs } = strategy;
  const times = { idleMs, absoluteMs, ...(clock === undefined ? {} : { clock }) };
  const sessions = toSessionCallbackStore(store, { ...times, userIdOf });
  const cookieName = secure ? '__Host-session' : 'session';
  const flags = { secure, httpOnly: true, sameSite: 'lax', path: '/' } as const;
  await app.register(fastifyCookie);
  await app.register(fastifySession, {
    secret: signOnce(new Signer(engine.secret ?? secretOfThisProcess())),
    cookieName,
    // Without maxAge, as our plugin has it: the browser keeps the cookie until it is closed, the server ends the session.
    cookie: { ...flags },
    // Its own way of moving the idle expiry is a Set-Cookie in every answer; `touch` below moves it in the store alone.
    rolling: false,
    saveUninitialized: false,
    idGenerator: createSessionIdGenerator({ userIdOf }),
    store: sessions as never,
  });
  app.decorate('sessions', strategy);
  app.decorate('requirePrincipal', requirePrincipal);
  app.decorateRequest('principal', null);
  app.decorateRequest('signIn', signIn);
  app.addHook('onRequest', touchWith(sessions));
  app.addHook('onSend', (request, reply, _payload, done) => {
    // destroy() leaves null, and the cookie with the browser.
    if (request.session === null) reply.clearCookie(cookieName, flags);
    if (request.principal !== null || reply.hasHeader('set-cookie')) reply.header('cache-control', 'no-store');
    done();
  });

  function requirePrincipal(request: FastifyRequest, _reply: FastifyReply, done: HookHandlerDoneFunction) {
    const user = userIn(request.session);
    if (user === undefined) {
      const given = request.cookies[cookieName] !== undefined;
      return done(new AuthError(given ? 'ERR_SESSION_INVALID' : 'ERR_UNAUTHENTICATED'));
    }
    const { id: userId, username, roles } = user;
    request.principal = { userId, username, roles, credential: credentialOf(request.session.sessionId ?? '') };
    done();
  }
}

/** The store's id is a hash of the token: it is computed where a route asks for it. */
function credentialOf(token: string): Principal['credential'] {
  return {
    kind: 'session',
    get sessionId() {
      return sessionIdOf(token) ?? '';
    },
  };
}

function secretOfThisProcess(): string {
  process.stderr.write(
    'SESSION_SECRET is not set: one was made. After a restart, and on another server, its cookies are refused.\n',
  );
  return randomBytes(32).toString('base64url');
}

function touchWith(sessions: SessionCallbackStore) {
  return ({ session }: FastifyRequest, _reply: FastifyReply, done: HookHandlerDoneFunction) => {
    sessions.touch(session.sessionId ?? '', session, (error) => done(error as Error | undefined));
  };
}

async function signIn(this: FastifyRequest, { userId, username, roles }: Subject): Promise<void> {
  Reflect.set(this.session, 'user', { id: userId, username, roles });
  await this.session.regenerate(['user'] as never);
}
