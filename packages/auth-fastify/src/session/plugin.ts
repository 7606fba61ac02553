// Sessions for a Fastify app.
//
//   onRequest   cross-site write? ── 403     cookie ──> scheme.ts, guard.ts ──> the request's session and principal
//   handler     request.session, request.signIn: parsed when a handler asks for it, not before
//   onSend      changed? ──> strategy.update ──> 409, 401 or the answer (finish.ts)

import type { AuthErrorCode, Awaitable, SessionRecord, SessionStrategy, Subject } from '@statecraft/auth-core';
import { createWaitBudget, deriveSessionId, type RunWithin } from '@statecraft/auth-core/store';
import type { FastifyBaseLogger, FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify';
import fastifyPlugin from 'fastify-plugin';
import { addStatuses, GuardError, runOrUnavailable, wrapMethods } from '../errors.ts';
import { isGuarded, readRefusal, readWaitedMs, registerScheme } from '../guard.ts';
import { createSessionCookie, readTokens } from './cookie.ts';
import { createCrossSiteCheck } from './cross-site.ts';
import { addDeviceSide, DEVICE_REFUSALS } from './device/device.ts';
import { createFinish, createHalt } from './finish.ts';
import { resolveSessionOptions, type SessionPluginOptions } from './options.ts';
import { RequestSession, type SessionContext } from './request-session.ts';
import { createCookieScheme } from './scheme.ts';
import type { SessionObject } from './session-object.ts';
import type { SignInOptions } from './sign-in-options.ts';

/** What the plugin adds to a request. Its `session` is a supertype of @fastify/session's, so that both types load. */
export interface RequestWithSession {
  session: SessionObject;
  /**
   * Starts a new session, with a new token, for this user; ends the present one (ASVS 7.2.4) and sets the cookie.
   * @throws ERR_SUBJECT_INVALID, ERR_OPTION_INVALID, ERR_SESSION_DATA_UNSERIALIZABLE, ERR_SESSION_DATA_TOO_LARGE,
   * ERR_HEADERS_SENT, ERR_STORE_UNAVAILABLE, ERR_STORE_FULL
   */
  signIn(subject: Subject, options?: SignInOptions): Promise<void>;
  /**
   * The strategy behind the plugin, as `app.sessions`, for this request: its calls share the time that the request may
   * wait for the store (the store's `deadlineMs`) with the guard, `session` and `signIn`.
   * @throws ERR_STORE_UNAVAILABLE when that time is over
   */
  readonly sessions: SessionStrategy;
}

declare module 'fastify' {
  /** The session's properties: declare yours by merging, as with @fastify/session. */
  interface Session {}
  interface FastifyRequest extends RequestWithSession {}
  interface FastifyInstance {
    /** The strategy behind the plugin: list, revoke, revokeAll, changeSubject, describe. */
    sessions: SessionStrategy;
  }
}

const kSession = Symbol('statecraft.session');
const kReply = Symbol('statecraft.reply');
const kBudget = Symbol('statecraft.budget');
const kFinishedByRoute = Symbol('statecraft.finished-by-route');
type SessionRequest = FastifyRequest & {
  [kSession]: RequestSession | null | undefined;
  [kReply]: FastifyReply | null | undefined;
  [kBudget]: RunWithin | null;
};

// Async, so that an option that is refused rejects the registration.
const plugin: FastifyPluginAsync<SessionPluginOptions> = async (app, options) => {
  const resolved = resolveSessionOptions(options, createTouchWarning(app.log));
  const { strategy, onConflict, maxDataLength, saveUninitialized, rolling } = resolved;
  const cookie = createSessionCookie(resolved);
  const isCrossSite = createCrossSiteCheck(resolved.trustedOrigins);
  const binding = strategy.deviceBound;
  const device = binding && addDeviceSide(app, { options: resolved, strategy, binding, sessionCookie: cookie, ask });
  const context: SessionContext = {
    strategy,
    cookie,
    device,
    onConflict,
    maxDataLength,
    findPresentedIds,
    findDeviceRefusal,
    ask,
  };
  if (!resolved.cookie.secure) {
    app.log.warn(`The session cookie "${cookie.name}" is sent without TLS: cookie.secure is false.`);
  }

  app.decorate('sessions', addStatuses(strategy));
  app.decorateRequest(kSession, null);
  app.decorateRequest(kReply, null);
  app.decorateRequest(kBudget, null);
  // Where @fastify/session's types are loaded too, `session` has their type, which has more.
  app.decorateRequest('session', { getter: getSessionObject as () => never });
  app.decorateRequest('signIn', signIn);
  app.decorateRequest('sessions', { getter: getSessions });
  registerScheme(app, { ...createCookieScheme(strategy, cookie, device), prepare, keep: keepRecord, refuse });
  addFinishHooks();

  function prepare(request: FastifyRequest, reply: FastifyReply): Error | undefined {
    (request as SessionRequest)[kReply] = reply;
    return isCrossSite(request) && isChecked(request) ? new GuardError('ERR_CROSS_SITE') : undefined;
  }

  function isChecked({ routeOptions: { config } }: FastifyRequest): boolean {
    return config.auth !== false && config.crossSite !== 'allow';
  }

  function keepRecord(request: FastifyRequest, reply: FastifyReply, record: SessionRecord): void {
    (request as SessionRequest)[kSession] = new RequestSession(context, reply, record);
  }

  function refuse(request: FastifyRequest, reply: FastifyReply, code: AuthErrorCode): void {
    if (device === undefined || !DEVICE_REFUSALS.includes(code)) return;
    device.settleRefusal(request, reply, code);
    const session = new RequestSession(context, reply, undefined);
    // The refused session is live: no cache may keep the answer, as if it was one to every visitor.
    session.isPrivate = true;
    (request as SessionRequest)[kSession] = session;
  }

  /** Why the session whose cookie came is refused although it is live. */
  function findDeviceRefusal(request: FastifyRequest): AuthErrorCode | undefined {
    const code = readRefusal(request);
    return code !== undefined && DEVICE_REFUSALS.includes(code) ? code : undefined;
  }

  function requireSession(request: FastifyRequest): RequestSession {
    const held = request as SessionRequest;
    if (held[kSession]) return held[kSession];
    if (request.routeOptions.config.auth === false) throw new GuardError('ERR_AUTH_OFF');
    if (!held[kReply]) throw new GuardError('ERR_SESSION_TOO_EARLY');
    held[kSession] = new RequestSession(context, held[kReply], undefined);
    return held[kSession];
  }

  function getSessionObject(this: FastifyRequest): SessionObject {
    return requireSession(this).object;
  }

  function signIn(this: FastifyRequest, subject: Subject, signInOptions?: SignInOptions): Promise<void> {
    const work = requireSession(this).signIn(subject, signInOptions);
    // A handler that does not await it gets the failure with the answer. An unhandled rejection would end the process.
    work.catch(() => undefined);
    return work;
  }

  /** Calls the strategy within what is left of the time that the request may wait. */
  function ask<T>(request: FastifyRequest, call: () => Awaitable<T>): Awaitable<T> {
    const { deadlineMs } = strategy;
    if (deadlineMs === undefined) return runOrUnavailable(call);
    const held = request as SessionRequest;
    held[kBudget] ??= createWaitBudget(deadlineMs, readWaitedMs(request));
    const run = held[kBudget];
    return runOrUnavailable(() => run(call));
  }

  function getSessions(this: FastifyRequest): SessionStrategy {
    return wrapMethods(strategy, (call) => ask(this, call));
  }

  /** Ids of all sessions whose tokens came with the request. */
  function findPresentedIds(request: FastifyRequest): string[] {
    const tokens = [readTokens(request, cookie) ?? []].flat();
    return tokens.map((token) => deriveSessionId(token)).filter((id) => id !== undefined);
  }

  /**
   * The hook runs last on each route, so that a session that another plugin's onSend hook changes is stored. Not-found
   * answers, and routes that were registered before the plugin, have it in its place among the others.
   */
  function addFinishHooks(): void {
    const finish = createFinish({ find: findSession, mayStart, saveUninitialized, writeHeaders });
    const halt = createHalt((request) => (request as SessionRequest)[kSession]);
    app.addHook('onRoute', (route) => {
      route.config = Object.assign({ ...route.config }, { [kFinishedByRoute]: true });
      route.onSend = [...[route.onSend ?? []].flat(), finish];
      route.preHandler = [...[route.preHandler ?? []].flat(), halt];
    });
    app.addHook('onSend', (request, reply, payload, done) => {
      if (!findSession(request) || kFinishedByRoute in request.routeOptions.config) return done();
      return finish(request, reply, payload, done);
    });
  }

  function findSession(request: FastifyRequest): RequestSession | null | undefined {
    if (saveUninitialized && mayStart(request) && request.routeOptions.config.auth !== false) {
      return requireSession(request);
    }
    return (request as SessionRequest)[kSession];
  }

  /**
   * Whether a change alone may start a session. Not on a request that was refused before its cookie was read, and not
   * where an Authorization header decided: the new cookie would replace the one of a session that was not looked at.
   * Nor where a device was refused: its session is live.
   */
  function mayStart(request: FastifyRequest): boolean {
    if (!isGuarded(request) || findDeviceRefusal(request) !== undefined) return false;
    const decidedByCookie = request.raw.headers.authorization === undefined || !app.hasDecorator('tokens');
    return decidedByCookie || readTokens(request, cookie) === undefined;
  }

  function writeHeaders(request: FastifyRequest, reply: FastifyReply, session: RequestSession): void {
    if (rolling && session.record !== undefined && session.setCookie === undefined) {
      const token = readTokens(request, cookie);
      if (typeof token === 'string') session.renewCookie(token, session.record);
    }
    session.writeCookie(reply);
    if (session.isPrivate || session.setCookie !== undefined) reply.header('cache-control', 'no-store');
  }
};

const WARN_EVERY_MS = 1_000;

/** One line at most in WARN_EVERY_MS, with the number of failures since the last one. */
function createTouchWarning(log: FastifyBaseLogger): (error: unknown) => void {
  let warnedAt = Number.NEGATIVE_INFINITY;
  let failures = 0;
  return (error) => {
    failures += 1;
    const now = performance.now();
    if (now - warnedAt < WARN_EVERY_MS) return;
    log.warn({ err: error, failures }, 'The idle expiry of a session could not be moved. The request goes on.');
    warnedAt = now;
    failures = 0;
  };
}

/**
 * `app.register(sessionPlugin, { store })`. Every answer to a live session, or that sets the cookie, is `no-store`.
 * @throws ERR_OPTION_INVALID at startup
 * @example
 * await app.register(sessionPlugin, { store: createMemoryStore() });
 * app.post('/login', (request) => request.signIn({ userId: 'u1', username: 'Ada', roles: ['member'] }));
 * app.get('/me', { onRequest: app.requirePrincipal }, (request) => ({ user: request.principal }));
 */
export const sessionPlugin = fastifyPlugin(plugin, { name: '@statecraft/session', fastify: '5.x' });
