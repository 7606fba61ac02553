// SESSION_ENGINE=fastify-session: the real @fastify/session on the same store and routes, as a scheme of the same
// guard. It lacks what the session plugin adds: cross-site checks, merging of conflicts, cookies that cannot be used.

import { randomBytes } from 'node:crypto';
import fastifyCookie, { Signer } from '@fastify/cookie';
import fastifySession from '@fastify/session';
import type { Outcome, Principal, Refused, Subject } from '@statecraft/auth-core';
import { deriveSessionId } from '@statecraft/auth-core/store';
import { addStatuses, registerScheme } from '@statecraft/auth-fastify';
import {
  createSessionIdGenerator,
  type SessionCallbackStore,
  signOnce,
  toSessionCallbackStore,
} from '@statecraft/auth-fastify/compat';
import type { FastifyInstance, FastifyReply, FastifyRequest, HookHandlerDoneFunction } from 'fastify';
import type { EngineOptions } from './engine.ts';

interface Credential {
  readonly token: string;
  readonly subject: Subject | undefined;
}

const readSubject = (session: object): Subject | undefined => (session as { user?: Subject }).user;

export async function useFastifySession(app: FastifyInstance, engine: EngineOptions): Promise<void> {
  const { store, strategy, secure } = engine;
  const { idleMs, absoluteMs } = strategy;
  const sessions = toSessionCallbackStore(store, { idleMs, absoluteMs, readSubject });
  const cookieName = secure ? '__Host-session' : 'session';
  const attributes = { secure, httpOnly: true, sameSite: 'lax', path: '/' } as const;
  await app.register(fastifyCookie);
  await app.register(fastifySession, {
    secret: signOnce(new Signer(engine.secret ?? createSecret())),
    cookieName,
    // No maxAge, as in the session plugin: the browser keeps the cookie until it is closed, the server ends the
    // session.
    cookie: { ...attributes },
    // Its own way to move the idle expiry is a Set-Cookie in every answer. The touch below moves it in the store only.
    rolling: false,
    saveUninitialized: false,
    idGenerator: createSessionIdGenerator({ readSubject }),
    store: sessions as never,
  });
  app.decorate('sessions', addStatuses(strategy));
  // Each call has the store's deadline for itself: @fastify/session calls the store without naming the request.
  app.decorateRequest('sessions', { getter: () => app.sessions });
  app.decorateRequest('signIn', signIn);
  app.addHook('onRequest', createTouch(sessions, engine.onTouchFailed));
  registerScheme<Credential, null>(app, {
    header: 'cookie',
    read: ({ cookies, session }) =>
      cookies[cookieName] === undefined ? undefined : { token: session.sessionId, subject: readSubject(session) },
    strategy: { authenticate },
  });
  app.addHook('onSend', (request, reply, _payload, done) => {
    // destroy() leaves null, also when it fails, and leaves the cookie in the browser. After a failure the session may
    // still be alive, and the browser needs its cookie to end it.
    if (request.session === null && reply.statusCode < 500) reply.clearCookie(cookieName, attributes);
    if (request.principal !== null || reply.hasHeader('set-cookie')) reply.header('cache-control', 'no-store');
    done();
  });
}

function authenticate({ token, subject }: Credential): Outcome<null> | Refused {
  if (subject === undefined) return { refused: 'ERR_SESSION_INVALID' };
  return { principal: { ...subject, credential: createCredential(token) }, evidence: null };
}

/** The store's id is a hash of the token. It is computed only where a route reads it. */
function createCredential(token: string): Principal['credential'] {
  return {
    kind: 'session',
    get sessionId() {
      return deriveSessionId(token) ?? '';
    },
  };
}

function createSecret(): string {
  process.stderr.write(
    'SESSION_SECRET is not set, so a secret was made for this process. After a restart, and on other servers, the ' +
      'cookies that it signed are refused.\n',
  );
  return randomBytes(32).toString('base64url');
}

/** A store that cannot write still serves the users who are signed in, so a touch that fails refuses no request. */
function createTouch(sessions: SessionCallbackStore, onTouchFailed: EngineOptions['onTouchFailed']) {
  return ({ session }: FastifyRequest, _reply: FastifyReply, done: HookHandlerDoneFunction) => {
    sessions.touch(session.sessionId, session, (error) => {
      if (error) onTouchFailed(error);
      done();
    });
  };
}

async function signIn(this: FastifyRequest, subject: Subject): Promise<void> {
  Reflect.set(this.session, 'user', subject);
  await this.session.regenerate(['user'] as never);
}
