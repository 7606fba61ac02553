// Sessions for a Fastify app.
//
//   onRequest   cross-site write? ── 403     cookie ── token ──> strategy.authenticate ──> the request's session
//   handler     request.session, request.principal, request.signIn: parsed when asked for, not before
//   onSend      changed? ──> strategy.update ──> 409, 401 or the answer; Set-Cookie; Cache-Control: no-store
//
// All callbacks: where the store answers without a promise, so do the hooks.

import {
  AuthError,
  type Principal,
  type SessionRecord,
  type SessionStrategy,
  type Subject,
} from '@statecraft/auth-core';
import type { FastifyPluginAsync, FastifyReply, FastifyRequest, HookHandlerDoneFunction } from 'fastify';
import fastifyPlugin from 'fastify-plugin';
import '../principal.ts';
import { createSessionCookie } from './cookie.ts';
import { createCrossSiteCheck, isSafe } from './cross-site.ts';
import { createFinish } from './finish.ts';
import { resolveSessionOptions, type SessionPluginOptions } from './options.ts';
import { storedUserOf } from './principal-of.ts';
import { createRemembered } from './remembered.ts';
import { RequestSession, type SessionContext, type SignInOptions } from './request-session.ts';
import type { SessionObject } from './session-object.ts';
import { asUnavailable } from './unavailable.ts';

/** What the plugin adds to a request. Its `session` is a supertype of @fastify/session's, so that both types load. */
export interface RequestWithSession {
  session: SessionObject;
  /**
   * Starts a new session, with a new token, for this user; ends the present one (ASVS 7.2.4) and sets the cookie.
   * @throws ERR_SESSION_DATA_UNSERIALIZABLE, ERR_SESSION_DATA_TOO_LARGE, ERR_STORE_UNAVAILABLE, ERR_STORE_FULL
   */
  signIn(subject: Subject, options?: SignInOptions): Promise<void>;
}

declare module 'fastify' {
  /** The session's properties: declare yours by merging, as with @fastify/session. */
  interface Session {}
  interface FastifyRequest extends RequestWithSession {}
  interface FastifyInstance {
    /** The strategy behind the plugin: list, revoke, revokeAll. */
    sessions: SessionStrategy;
  }
}

/** 40 MB, if none of the texts is in memory anyway. */
const USERS = { sessions: 10_000, units: 20_000_000 };

const kSession = Symbol('statecraft.session');
const kReply = Symbol('statecraft.reply');
const kFinishedByRoute = Symbol('statecraft.finished-by-route');
type Slotted = FastifyRequest & {
  [kSession]: RequestSession | null | undefined;
  [kReply]: FastifyReply | null | undefined;
};
const slot = (request: FastifyRequest): Slotted => request as Slotted;

// Async for its refusals alone: what a plugin with a callback throws would end the process, not the registration.
const plugin: FastifyPluginAsync<SessionPluginOptions> = async (app, options) => {
  const resolved = resolveSessionOptions(options);
  const { strategy, onConflict, maxDataLength, saveUninitialized, rolling } = resolved;
  const cookie = createSessionCookie(resolved);
  const isCrossSite = createCrossSiteCheck(resolved.trustedOrigins);
  const context: SessionContext = {
    strategy,
    cookie,
    users: createRemembered(storedUserOf, USERS),
    onConflict,
    maxDataLength,
  };
  if (!resolved.cookie.secure) {
    app.log.warn(`The session cookie "${cookie.name}" is sent without TLS: cookie.secure is false.`);
  }

  const sessionOf = (request: FastifyRequest): RequestSession => {
    const slotted = slot(request);
    slotted[kSession] ??= new RequestSession(context, slotted[kReply], undefined);
    return slotted[kSession];
  };

  app.decorate('sessions', strategy);
  app.decorate('requirePrincipal', requirePrincipal);
  app.decorateRequest(kSession, null);
  app.decorateRequest(kReply, null);
  // Where @fastify/session's types are loaded too, `session` has their type, which has more.
  app.decorateRequest('session', { getter: sessionGetter as () => never });
  app.decorateRequest('principal', { getter: principalGetter });
  app.decorateRequest('signIn', signIn);
  app.addHook('onRequest', load);
  // Last on each route, so that a session that another plugin's onSend hook changes is stored. Not-found answers, and routes
  // that were registered before the plugin, have the hook in its place among the others.
  const finish = createFinish({ find: findSession, saveUninitialized, writeHeaders });
  app.addHook('onRoute', (route) => {
    route.config = { ...route.config, [kFinishedByRoute]: true };
    route.onSend = [...[route.onSend ?? []].flat(), finish];
  });
  app.addHook('onSend', (request, reply, payload, done) => {
    if (kFinishedByRoute in request.routeOptions.config) return done();
    return finish(request, reply, payload, done);
  });

  function findSession(request: FastifyRequest): RequestSession | null | undefined {
    return saveUninitialized ? sessionOf(request) : slot(request)[kSession];
  }

  function sessionGetter(this: FastifyRequest): SessionObject {
    return sessionOf(this).object;
  }

  function principalGetter(this: FastifyRequest): Principal | null {
    return slot(this)[kSession]?.principal ?? null;
  }

  function signIn(this: FastifyRequest, subject: Subject, signInOptions?: SignInOptions): Promise<void> {
    return sessionOf(this).signIn(subject, signInOptions);
  }

  function load(request: FastifyRequest, reply: FastifyReply, done: HookHandlerDoneFunction) {
    slot(request)[kReply] = reply;
    if (!isSafe(request.method) && isCrossSite(request)) return done(new AuthError('ERR_CROSS_SITE'));
    const token = tokenOf(request);
    if (token === undefined) return done();
    let found: ReturnType<SessionStrategy['authenticate']>;
    try {
      found = strategy.authenticate(token);
    } catch (error) {
      return done(asUnavailable(error));
    }
    if (!(found instanceof Promise)) return begin(request, found, done);
    found.then(
      (record) => begin(request, record, done),
      (error) => done(asUnavailable(error)),
    );
  }

  /** @throws ERR_SESSION_INVALID */
  function tokenOf(request: FastifyRequest): string | undefined {
    const header = request.raw.headers.cookie;
    return header === undefined ? undefined : cookie.find(header);
  }

  function begin(request: FastifyRequest, record: SessionRecord | undefined, done: HookHandlerDoneFunction) {
    if (record !== undefined) slot(request)[kSession] = new RequestSession(context, slot(request)[kReply], record);
    done();
  }

  function requirePrincipal(request: FastifyRequest, _reply: FastifyReply, done: HookHandlerDoneFunction) {
    if (request.principal !== null) return done();
    const record = slot(request)[kSession]?.record;
    // A live session of nobody is as good as none; any other cookie here is of a session that ended or cannot be read.
    const isNobody = record === undefined ? tokenOf(request) === undefined : record.userId === undefined;
    done(new AuthError(isNobody ? 'ERR_UNAUTHENTICATED' : 'ERR_SESSION_INVALID'));
  }

  function writeHeaders(request: FastifyRequest, reply: FastifyReply, session: RequestSession): void {
    if (rolling && session.record !== undefined && session.setCookie === undefined) {
      const token = tokenOf(request);
      if (token !== undefined) session.setCookie = cookie.give(token);
    }
    session.writeCookie(reply);
    if (session.isPrivate || session.setCookie !== undefined) reply.header('cache-control', 'no-store');
  }
};

/**
 * `app.register(sessionPlugin, { store })`. Every answer to a live session, or that sets the cookie, is `no-store`.
 * @throws ERR_OPTION_INVALID at boot
 */
export const sessionPlugin = fastifyPlugin(plugin, { name: '@statecraft/session', fastify: '5.x' });
