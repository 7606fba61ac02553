// What each failure means in HTTP: the status of every AuthError, and the failures that only a web app has.

import { AuthError, type AuthErrorCode, type Awaitable } from '@statecraft/auth-core';
import { attempt } from '@statecraft/auth-core/store';

/** The HTTP status of each code of auth-core. */
export const AUTH_ERROR_STATUS = {
  ERR_UNAUTHENTICATED: 401,
  ERR_SESSION_INVALID: 401,
  ERR_SESSION_UNREADABLE: 401,
  ERR_SESSION_CONFLICT: 409,
  ERR_SESSION_GONE: 401,
  ERR_SESSION_EXISTS: 500,
  ERR_SESSION_ID_INVALID: 500,
  ERR_SESSION_DATA_UNSERIALIZABLE: 500,
  ERR_SESSION_DATA_TOO_LARGE: 413,
  ERR_SUBJECT_INVALID: 500,
  ERR_TOKEN_INVALID: 401,
  ERR_TOKEN_EXPIRED: 401,
  ERR_DEVICE_COOKIE_MISSING: 401,
  ERR_DEVICE_REFRESH_SKIPPED: 401,
  ERR_DEVICE_BINDING_REQUIRED: 401,
  ERR_DEVICE_ALREADY_BOUND: 409,
  ERR_DEVICE_REGISTRATION_CLOSED: 403,
  ERR_DEVICE_PROOF_INVALID: 400,
  ERR_STORE_UNAVAILABLE: 503,
  ERR_STORE_FULL: 503,
  ERR_OPTION_INVALID: 500,
} as const satisfies Record<AuthErrorCode, number>;

/** The errors of this package: HTTP status and text of each code. */
export const GUARD_ERRORS = {
  ERR_FORBIDDEN: { statusCode: 403, message: 'This needs a role that you do not have.' },
  ERR_CROSS_SITE: { statusCode: 403, message: 'Another site sent this request. Go to this site and try again.' },
  ERR_HEADERS_SENT: { statusCode: 500, message: 'The headers have been sent, so they cannot carry a new session.' },
  ERR_SESSION_TOO_EARLY: {
    statusCode: 500,
    message: 'The session was read in a hook before that of the session plugin. Register the plugin first.',
  },
  ERR_AUTH_OFF: { statusCode: 500, message: 'The route has config { auth: false }, so it has no session.' },
  ERR_DEVICE_CHALLENGED: { statusCode: 403, message: 'The device must sign the challenge of this answer.' },
  ERR_TOKENS_NOT_REVOCABLE: {
    statusCode: 501,
    message: 'This server keeps no record of its tokens: each token works until it expires.',
  },
} as const satisfies Record<string, { statusCode: number; message: string }>;

/** The codes of `GuardError`. */
export type GuardErrorCode = keyof typeof GUARD_ERRORS;

/** A request that the plugins refuse for a reason of HTTP. */
export class GuardError extends Error {
  readonly code: GuardErrorCode;
  readonly statusCode: number;

  constructor(code: GuardErrorCode) {
    super(GUARD_ERRORS[code].message);
    this.name = 'GuardError';
    this.code = code;
    this.statusCode = GUARD_ERRORS[code].statusCode;
  }
}

/** Gives an AuthError its HTTP status, for Fastify's error handler. Any other value is returned as it is. */
export function addStatus<T>(error: T): T {
  if (!(error instanceof AuthError)) return error;
  // A copy of auth-core of another version may know more codes.
  return Object.assign(error, { statusCode: AUTH_ERROR_STATUS[error.code] ?? 500 });
}

export function createAuthError(code: AuthErrorCode): AuthError {
  return addStatus(new AuthError(code));
}

/** A system that failed is 503, never anonymous and never 401, whatever it threw. */
export function toUnavailable(error: unknown): Error {
  if (error instanceof AuthError || error instanceof GuardError) return addStatus(error);
  return addStatus(new AuthError('ERR_STORE_UNAVAILABLE', undefined, { cause: error }));
}

/** Runs `action`. A failure is a rejected promise, with the error that `toUnavailable` makes. */
export function runOrUnavailable<T>(action: () => Awaitable<T>): Awaitable<T> {
  const result = attempt(action);
  if (!(result instanceof Promise)) return result;
  return result.catch((error) => {
    throw toUnavailable(error);
  });
}

/**
 * The same object, but its methods throw AuthErrors with an HTTP status: what a route lets through is answered right.
 */
export function addStatuses<T extends object>(strategy: T): T {
  const rethrow = (error: unknown): never => {
    throw addStatus(error);
  };
  return wrapMethods(strategy, (call) => {
    try {
      const result = call();
      return result instanceof Promise ? result.catch(rethrow) : result;
    } catch (error) {
      return rethrow(error);
    }
  });
}

/** The same object, but each call of a method goes through `run`. */
export function wrapMethods<T extends object>(owner: T, run: (call: () => unknown) => unknown): T {
  return new Proxy(owner, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name);
      if (typeof value !== 'function') return value;
      return (...args: unknown[]) => run(() => (value as Method).apply(target, args));
    },
  });
}

type Method = (...args: unknown[]) => unknown;
