// Every error of this package: one class, one table of stable codes, each with its HTTP status and a text without
// secrets. docs/errors.md is held against this table by a test.

export const AUTH_ERRORS = {
  ERR_UNAUTHENTICATED: { statusCode: 401, message: 'Sign in to continue.' },
  ERR_SESSION_INVALID: { statusCode: 401, message: 'The session is not valid. Sign in again.' },
  ERR_SESSION_CONFLICT: { statusCode: 409, message: 'The session was changed by another request. Try again.' },
  ERR_SESSION_GONE: { statusCode: 401, message: 'The session ended while the request ran. Sign in again.' },
  ERR_HEADERS_SENT: { statusCode: 500, message: 'The answer has left: its headers cannot carry a new session.' },
  ERR_SESSION_EXISTS: { statusCode: 500, message: 'A session with this id exists already.' },
  ERR_SESSION_ID_INVALID: { statusCode: 500, message: 'The session id was not made by sessionIdOf for this user.' },
  ERR_SESSION_DATA_UNSERIALIZABLE: { statusCode: 500, message: 'The session data cannot be stored as JSON.' },
  ERR_SESSION_DATA_TOO_LARGE: { statusCode: 413, message: 'The session data is larger than this server allows.' },
  ERR_TOKEN_INVALID: { statusCode: 401, message: 'The token is not valid. Sign in again.' },
  ERR_TOKEN_EXPIRED: { statusCode: 401, message: 'The token has expired. Sign in again.' },
  ERR_CROSS_SITE: { statusCode: 403, message: 'Another site asked for this. Go to this site and try again.' },
  ERR_TOKENS_NOT_REVOCABLE: {
    statusCode: 501,
    message: 'This server keeps no record of its tokens: each works until it expires.',
  },
  ERR_STORE_UNAVAILABLE: { statusCode: 503, message: 'The session store does not answer. Try again shortly.' },
  ERR_STORE_FULL: { statusCode: 503, message: 'The session store is full. Try again later.' },
  ERR_OPTION_INVALID: { statusCode: 500, message: 'An option is not valid.' },
} as const satisfies Record<string, { statusCode: number; message: string }>;

export type AuthErrorCode = keyof typeof AUTH_ERRORS;

export class AuthError extends Error {
  readonly code: AuthErrorCode;
  /** The HTTP status that this failure means. */
  readonly statusCode: number;

  /** @param detail in place of the table's text; it reaches clients when the status is below 500, so it holds no secret. */
  constructor(code: AuthErrorCode, detail?: string, options?: ErrorOptions) {
    super(detail ?? AUTH_ERRORS[code].message, options);
    this.name = 'AuthError';
    this.code = code;
    this.statusCode = AUTH_ERRORS[code].statusCode;
  }
}
