// All errors of this package: one class, one table of stable codes, each with its HTTP status and a text without
// secrets. docs/errors.md is generated from this table.

export const ACCOUNTS_ERRORS = {
  ERR_USERNAME_INVALID: {
    statusCode: 400,
    message: 'A username has 1 to 64 visible characters, without control characters or spaces at its ends.',
  },
  ERR_USERNAME_TAKEN: { statusCode: 409, message: 'This username is taken.' },
  ERR_PASSWORD_TOO_SHORT: { statusCode: 400, message: 'A password has at least 8 characters.' },
  ERR_PASSWORD_TOO_LONG: { statusCode: 400, message: 'A password has at most 128 characters.' },
  ERR_PASSWORD_COMMON: { statusCode: 400, message: 'This password is among the most common ones. Choose another.' },
  ERR_PASSWORD_ILL_FORMED: { statusCode: 400, message: 'The password is not well-formed Unicode text.' },
  ERR_CREDENTIALS_WRONG: { statusCode: 401, message: 'The username or the password is wrong.' },
  ERR_CURRENT_PASSWORD_WRONG: { statusCode: 403, message: 'The current password is wrong.' },
  ERR_TOO_MANY_ATTEMPTS: { statusCode: 429, message: 'Too many failed attempts. Try again later.' },
  ERR_TOO_MANY_REGISTRATIONS: {
    statusCode: 429,
    message: 'Too many registrations from your address. Try again later.',
  },
  ERR_USER_GONE: { statusCode: 401, message: 'The account is closed or does not exist. Sign in again.' },
  ERR_ACCOUNT_CHANGED: { statusCode: 409, message: 'The account was changed at this moment. Sign in again.' },
  ERR_NOT_ADMINISTRATOR: { statusCode: 403, message: 'Your account has no role for this any more. Sign in again.' },
  ERR_USER_UNKNOWN: { statusCode: 404, message: 'There is no such user.' },
  ERR_SESSION_UNKNOWN: { statusCode: 404, message: 'The user has no such session.' },
  ERR_ROLES_INVALID: {
    statusCode: 400,
    message: 'There may be 20 roles of 1 to 32 letters, digits, dots, colons, dashes and underscores.',
  },
  ERR_LAST_ADMINISTRATOR: {
    statusCode: 409,
    message: 'This is the only active user with the role admin. Give it to another user first.',
  },
  ERR_PASSWORD_CONFLICT: { statusCode: 409, message: 'The password was changed by another request. Try again.' },
  ERR_PASSWORD_QUEUE_FULL: { statusCode: 503, message: 'Too many people are signing in. Try again shortly.' },
  ERR_DATABASE_UNAVAILABLE: { statusCode: 503, message: 'The user database does not answer. Try again shortly.' },
  ERR_DATABASE_LOCKED: { statusCode: 503, message: 'Another process holds the lock of the user database.' },
  ERR_DATABASE_FULL: { statusCode: 503, message: 'The disk of the user database is full.' },
  ERR_DATABASE_READ_ONLY: { statusCode: 503, message: 'The user database takes no writes.' },
  ERR_DATABASE_REFUSED: { statusCode: 503, message: 'The user database refuses this server.' },
  ERR_DATABASE_UNUSABLE: { statusCode: 503, message: 'The user database is damaged or is no database.' },
  ERR_DATABASE_SCHEMA: { statusCode: 503, message: 'The tables of the user database are not those of this version.' },
  ERR_PASSWORD_HASH_UNREADABLE: { statusCode: 500, message: 'A stored password hash has an unknown form.' },
  ERR_ACCOUNTS_OPTION_INVALID: { statusCode: 500, message: 'An option is not valid.' },
} as const satisfies Record<string, { statusCode: number; message: string }>;

export type AccountsErrorCode = keyof typeof ACCOUNTS_ERRORS;

export interface AccountsErrorOptions extends ErrorOptions {
  /** Replaces the table's text. Clients see it if the status is below 500, so it must hold no secret. */
  readonly detail?: string;
  /** The field of the request body that is wrong. */
  readonly field?: 'username' | 'password' | 'currentPassword' | 'newPassword' | 'roles';
  /** Whole seconds, at least 1, for the header `Retry-After`. */
  readonly retryAfter?: number;
}

/** An error of this package; `code` says which. */
export class AccountsError extends Error {
  readonly code: AccountsErrorCode;
  /** The HTTP status of the answer. */
  readonly statusCode: number;
  readonly field: AccountsErrorOptions['field'] | undefined;
  /** Whole seconds, for 429 and 503. */
  readonly retryAfter: number | undefined;

  constructor(code: AccountsErrorCode, options: AccountsErrorOptions = {}) {
    super(options.detail ?? ACCOUNTS_ERRORS[code].message, options);
    this.name = 'AccountsError';
    this.code = code;
    this.statusCode = ACCOUNTS_ERRORS[code].statusCode;
    this.field = options.field;
    this.retryAfter = options.retryAfter;
  }
}
