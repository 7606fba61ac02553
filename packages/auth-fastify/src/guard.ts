// The one guard of an app: who makes this request, and may they?
//
//   onRequest   credential in a header ──> scheme ──> strategy.authenticate ──> request.principal, or null
//   route       { onRequest: app.requirePrincipal }, { onRequest: app.requireRole('admin') }
//
// The session plugin adds the scheme for cookies, the JWT plugin the one for bearer tokens. The first of them in an app
// registers the guard. A route reads request.principal and knows neither cookie nor token.

import type { AuthErrorCode, Awaitable, Outcome, Principal, Refused, Strategy } from '@statecraft/auth-core';
import type {
  FastifyInstance,
  FastifyReply,
  FastifyRequest,
  HookHandlerDoneFunction,
  onRequestHookHandler,
  RouteGenericInterface,
} from 'fastify';
import { createAuthError, GuardError, toUnavailable } from './errors.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** Who makes the request; null when no valid credential came with it. */
    principal: Principal | null;
  }
  interface FastifyInstance {
    /**
     * onRequest hook: fails a request without a principal with 401.
     * @throws ERR_UNAUTHENTICATED (no credential), ERR_SESSION_INVALID, ERR_SESSION_UNREADABLE, ERR_TOKEN_INVALID,
     * ERR_TOKEN_EXPIRED
     */
    requirePrincipal: onRequestHookHandler;
    /**
     * Makes an onRequest hook that fails a request whose principal has none of these roles.
     * @throws ERR_FORBIDDEN (403); for a request without a principal as requirePrincipal
     */
    requireRole: (role: string, ...others: string[]) => onRequestHookHandler;
  }
  interface FastifyContextConfig {
    /** False: no scheme runs on this route, for example for static files. A guard on it answers 401. */
    auth?: false;
  }
}

/**
 * The request header that can carry a scheme's credential. If a request has Authorization, that header alone decides.
 */
export type CredentialHeader = 'authorization' | 'cookie';

/** How an app gets a credential out of a request, and which strategy judges it. */
export interface Scheme<C, E> {
  readonly header: CredentialHeader;
  readonly strategy: Strategy<C, E>;
  /** Runs first on every request, whatever its headers are. An error refuses the request. */
  prepare?(request: FastifyRequest, reply: FastifyReply): Error | undefined;
  /** The credential; undefined when the header holds none of this scheme; refused when it is malformed. */
  read(request: FastifyRequest): C | Refused | undefined;
  /** Gets what an accepted credential proved, for example to keep the session's record. */
  keep?(request: FastifyRequest, reply: FastifyReply, evidence: E): void;
  /** Gets why a credential was refused. The request goes on without a principal. */
  refuse?(request: FastifyRequest, reply: FastifyReply, code: AuthErrorCode): void;
  /** The scheme's name in WWW-Authenticate (RFC 9110, 11.6.1), if it has one. */
  readonly challenge?: string;
}

/** A scheme without its types: a request in, an outcome out. Undefined: no credential. */
interface Reader {
  readonly header: CredentialHeader;
  readonly challenge: string | undefined;
  readonly prepare: ((request: FastifyRequest, reply: FastifyReply) => Error | undefined) | undefined;
  readonly keep: ((request: FastifyRequest, reply: FastifyReply, evidence: unknown) => void) | undefined;
  readonly refuse: ((request: FastifyRequest, reply: FastifyReply, code: AuthErrorCode) => void) | undefined;
  authenticate(request: FastifyRequest): Awaitable<Outcome<unknown>> | undefined;
}

const kReaders = Symbol('statecraft.readers');
const kRefusal = Symbol('statecraft.refusal');
const kGuarded = Symbol('statecraft.guarded');
const kWaitedMs = Symbol('statecraft.waited-ms');
const kUnguarded = Symbol('statecraft.unguarded');

/** Spread into the config of a route that all guards let through, also where they are hooks of the whole app. */
export const UNGUARDED = { [kUnguarded]: true } as const;

interface Refusal {
  readonly code: AuthErrorCode;
  readonly reader: Reader;
}

type GuardedApp = FastifyInstance & { [kReaders]?: Reader[] };
type GuardedRequest = FastifyRequest & { [kRefusal]: Refusal | null; [kGuarded]: boolean; [kWaitedMs]: number };

/**
 * Adds a way to authenticate to the app, and the guard if it is the first. Session plugin and JWT plugin use it; so can
 * a plugin with a scheme of its own. A scheme that is added to an encapsulated part of the app counts there only. A
 * plugin with a scheme of its own sets `Cache-Control: no-store` itself.
 */
export function registerScheme<C, E>(app: FastifyInstance, scheme: Scheme<C, E>): void {
  if (!app.hasDecorator('requirePrincipal')) registerGuard(app);
  if (!Object.hasOwn(app, kReaders)) app.decorate(kReaders, []);
  (app as GuardedApp)[kReaders]?.push(createReader(scheme));
}

/** Whether the guard ran on this request, and did not refuse it before it read the credential. */
export function isGuarded(request: FastifyRequest): boolean {
  return (request as GuardedRequest)[kGuarded] === true;
}

/** Why the request's credential was refused; undefined when none came, or it was accepted. */
export function readRefusal(request: FastifyRequest): AuthErrorCode | undefined {
  return (request as GuardedRequest)[kRefusal]?.code;
}

/** How long the guard has waited for a strategy's answer, ms. */
export function readWaitedMs(request: FastifyRequest): number {
  return (request as GuardedRequest)[kWaitedMs];
}

/** Per instance of Fastify. Complete at the first request: nothing can be registered any more. */
const readersByApp = new WeakMap<FastifyInstance, readonly Reader[]>();

/** The readers of an encapsulated part of the app and of all that it is in; Authorization before cookie. */
function listReaders(app: FastifyInstance): readonly Reader[] {
  const known = readersByApp.get(app);
  if (known !== undefined) return known;
  const readers: Reader[] = [];
  for (let part: GuardedApp | null = app; part !== null; part = Object.getPrototypeOf(part)) {
    if (Object.hasOwn(part, kReaders)) readers.push(...(part[kReaders] ?? []));
  }
  readers.sort((one, other) => one.header.localeCompare(other.header));
  readersByApp.set(app, readers);
  return readers;
}

function registerGuard(app: FastifyInstance): void {
  app.decorateRequest('principal', null);
  app.decorateRequest(kRefusal, null);
  app.decorateRequest(kGuarded, false);
  app.decorateRequest(kWaitedMs, 0);
  app.decorate('requirePrincipal', requirePrincipal);
  app.decorate('requireRole', requireRole);
  app.addHook('onRequest', authenticate);
}

function createReader<C, E>({ header, strategy, prepare, read, keep, refuse, challenge }: Scheme<C, E>): Reader {
  return {
    header,
    challenge,
    prepare,
    keep: keep as Reader['keep'],
    refuse,
    authenticate(request) {
      const credential = read(request);
      if (credential === undefined) return undefined;
      return isRefused(credential) ? credential : strategy.authenticate(credential as C);
    },
  };
}

function isRefused(value: unknown): value is Refused {
  return typeof value === 'object' && value !== null && 'refused' in value;
}

/** It calls `done` where the strategy answers a value, and answers a promise where the strategy answers one. */
function authenticate(
  request: FastifyRequest,
  reply: FastifyReply,
  done: HookHandlerDoneFunction,
): Promise<void> | undefined {
  const readers = listReaders(request.server);
  // An encapsulated part and the app around it may both have added the hook.
  if (isGuarded(request)) return callBack(done);
  for (const { prepare } of readers) {
    const refusal = prepare?.(request, reply);
    if (refusal !== undefined) return callBack(done, refusal);
  }
  (request as GuardedRequest)[kGuarded] = true;
  const header = chooseHeader(readers, request);
  if (header === undefined || request.routeOptions.config.auth === false) return callBack(done);
  return authenticateBy(readers, header, request, reply, done);
}

/** The first reader of this header that finds a credential of its scheme decides. */
function authenticateBy(
  readers: readonly Reader[],
  header: CredentialHeader,
  request: FastifyRequest,
  reply: FastifyReply,
  done: HookHandlerDoneFunction,
): Promise<void> | undefined {
  try {
    for (const reader of readers) {
      if (reader.header !== header) continue;
      const outcome = reader.authenticate(request);
      if (outcome instanceof Promise) return settleLater(request, reply, reader, outcome);
      if (outcome === undefined) continue;
      settle(request, reply, reader, outcome);
      break;
    }
  } catch (error) {
    return callBack(done, toUnavailable(error));
  }
  return callBack(done);
}

function settleLater(
  request: FastifyRequest,
  reply: FastifyReply,
  reader: Reader,
  outcome: Promise<Outcome<unknown>>,
): Promise<void> {
  const askedAt = performance.now();
  return outcome.then(
    (found) => {
      (request as GuardedRequest)[kWaitedMs] = performance.now() - askedAt;
      settle(request, reply, reader, found);
    },
    (error) => {
      throw toUnavailable(error);
    },
  );
}

function callBack(done: HookHandlerDoneFunction, error?: Error): undefined {
  done(error);
}

/** Authorization, where a scheme reads it and the request has it; else the cookie. */
function chooseHeader(readers: readonly Reader[], request: FastifyRequest): CredentialHeader | undefined {
  const { headers } = request.raw;
  return readers.find(({ header }) => headers[header] !== undefined)?.header;
}

function settle(request: FastifyRequest, reply: FastifyReply, reader: Reader, outcome: Outcome<unknown>): void {
  if (outcome.refused === undefined) {
    reader.keep?.(request, reply, outcome.evidence);
    request.principal = outcome.principal;
    return;
  }
  (request as GuardedRequest)[kRefusal] = { code: outcome.refused, reader };
  reader.refuse?.(request, reply, outcome.refused);
  if (outcome.refused === 'ERR_SESSION_UNREADABLE') {
    request.log.warn({ code: outcome.refused }, 'A stored session cannot be read. The request counts as anonymous.');
  }
}

/**
 * The hook behind `app.requirePrincipal`, for code that has no app at hand. It answers 401 also where no plugin is
 * registered.
 */
export function requirePrincipal(request: FastifyRequest, reply: FastifyReply, done: HookHandlerDoneFunction): void {
  if (hasPrincipal(request) || isUnguarded(request)) done();
  else done(refuse(request, reply));
}

/** The function behind `app.requireRole`. */
export function requireRole(...roles: string[]): onRequestHookHandler {
  return (request, reply, done) => {
    if (isUnguarded(request)) done();
    else if (!hasPrincipal(request)) done(refuse(request, reply));
    else if (roles.some((role) => request.principal.roles.includes(role))) done();
    else done(new GuardError('ERR_FORBIDDEN'));
  };
}

/** In a part of the app without the plugins, the principal is undefined: a guard must not take that for a user. */
function hasPrincipal(request: FastifyRequest): request is SignedInRequest {
  return Boolean(request.principal);
}

function isUnguarded({ routeOptions: { config } }: FastifyRequest): boolean {
  return kUnguarded in config;
}

/** 401 with the challenge of RFC 6750, 3: no error code for a request without a credential. */
function refuse(request: FastifyRequest, reply: FastifyReply): Error {
  const refusal = (request as GuardedRequest)[kRefusal];
  const challenge = listReaders(request.server).find((reader) => reader.challenge)?.challenge;
  if (challenge !== undefined) {
    const isRefusedToken = refusal?.reader.challenge !== undefined;
    reply.header('www-authenticate', isRefusedToken ? `${challenge} error="invalid_token"` : challenge);
  }
  reply.header('cache-control', 'no-store');
  return createAuthError(refusal?.code ?? 'ERR_UNAUTHENTICATED');
}

/** A request behind a guard. */
export type SignedInRequest<R extends RouteGenericInterface = RouteGenericInterface> = FastifyRequest<R> & {
  readonly principal: Principal;
};

/**
 * Types a handler behind a guard, so that `request.principal` is not null in it. Without a guard on the route it
 * answers 401 all the same, as requirePrincipal does, but only after the body was read.
 * @example
 * app.get('/me', { onRequest: app.requirePrincipal }, withPrincipal((request) => ({ user: request.principal })));
 */
export function withPrincipal<R extends RouteGenericInterface = RouteGenericInterface>(
  handler: (request: SignedInRequest<R>, reply: FastifyReply) => unknown,
) {
  return (request: FastifyRequest<R>, reply: FastifyReply): unknown => {
    if (!hasPrincipal(request)) throw refuse(request, reply);
    return handler(request as SignedInRequest<R>, reply);
  };
}
