// Every error of this package: one class and one table of stable codes, each with a text that holds no secret. Which
// HTTP status a code means is decided where HTTP is spoken (auth-fastify).

/** The default text of each error code. No text holds a secret. */
export const AUTH_ERROR_MESSAGES = {
  ERR_UNAUTHENTICATED: 'Sign in to continue.',
  ERR_SESSION_INVALID: 'The session is not valid. Sign in again.',
  ERR_SESSION_UNREADABLE: 'The stored session cannot be read. Sign in again.',
  ERR_SESSION_CONFLICT: 'The session was changed by another request. Try again.',
  ERR_SESSION_GONE: 'The session ended while the request ran. Sign in again.',
  ERR_SESSION_EXISTS: 'A session with this id exists already.',
  ERR_SESSION_ID_INVALID: 'The session id was not made by deriveSessionId for this user.',
  ERR_SESSION_DATA_UNSERIALIZABLE: 'The session data cannot be stored as JSON.',
  ERR_SESSION_DATA_TOO_LARGE: 'The session data is larger than this server allows.',
  ERR_SUBJECT_INVALID: 'The subject is not valid.',
  ERR_TOKEN_INVALID: 'The token is not valid. Sign in again.',
  ERR_TOKEN_EXPIRED: 'The token has expired. Sign in again.',
  ERR_DEVICE_COOKIE_MISSING: 'The session is bound to a device, and no fresh device cookie came with the request.',
  ERR_DEVICE_REFRESH_SKIPPED: 'The browser did not renew the device cookie of this session. Try again later.',
  ERR_DEVICE_BINDING_REQUIRED: 'The session is not bound to a device. Sign in again with a browser that can do this.',
  ERR_DEVICE_ALREADY_BOUND: 'The session is bound to a device already.',
  ERR_DEVICE_REGISTRATION_CLOSED: 'The session may not be bound to a device now. Sign in again.',
  ERR_DEVICE_PROOF_INVALID: 'The proof of the device is not valid.',
  ERR_STORE_UNAVAILABLE: 'The session store does not answer. Try again shortly.',
  ERR_STORE_FULL: 'The session store is full. Try again later.',
  ERR_OPTION_INVALID: 'An option is not valid.',
} as const satisfies Record<string, string>;

/** The codes of `AuthError`, and of refusals. */
export type AuthErrorCode = keyof typeof AUTH_ERROR_MESSAGES;

/** Shared by all copies of this package in a process, for example its ESM and its CJS build. */
const BRAND = Symbol.for('@statecraft/auth-core/AuthError');

/**
 * A failure with a stable code. `instanceof AuthError` is true for the errors of every copy of this package in the
 * process, so that an app in CommonJS recognises the errors of a plugin in ESM.
 *
 * @example
 * try {
 *   await sessions.issue({ subject, data: '{}' });
 * } catch (error) {
 *   if (error instanceof AuthError && error.code === 'ERR_STORE_FULL') await warnTheOperator();
 *   throw error;
 * }
 */
export class AuthError extends Error {
  readonly code: AuthErrorCode;

  /** @param detail replaces the table's text. It may reach clients, so it must hold no secret. */
  constructor(code: AuthErrorCode, detail?: string, options?: ErrorOptions) {
    super(detail ?? AUTH_ERROR_MESSAGES[code], options);
    this.name = 'AuthError';
    this.code = code;
  }

  static override [Symbol.hasInstance](value: unknown): boolean {
    return typeof value === 'object' && value !== null && BRAND in value;
  }
}

Object.defineProperty(AuthError.prototype, BRAND, { value: true });
