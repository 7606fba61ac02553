// Two ways in which a call fails. ApiError: the server answered, and said no. ClientError: there was no usable answer;
// its text says what happened, why that may be, and what to do next. Neither text holds a credential.

export const CLIENT_ERRORS = {
  ERR_CLIENT_TIMEOUT: 'No whole answer came in time.',
  ERR_CLIENT_UNREACHABLE: 'Nothing answers there.',
  ERR_CLIENT_ANSWER_UNEXPECTED: 'The answer is not one of this API.',
  ERR_CLIENT_COOKIE_REFUSED: 'The server set a session cookie that a client may not keep.',
  ERR_CLIENT_REQUEST_INVALID: 'The request cannot be sent as it is.',
  ERR_CLIENT_OPTION_INVALID: 'An option is not valid.',
} as const;

export type ClientErrorCode = keyof typeof CLIENT_ERRORS;

export class ClientError extends Error {
  readonly code: ClientErrorCode;

  constructor(code: ClientErrorCode, detail: string, options?: ErrorOptions) {
    super(detail, options);
    this.name = 'ClientError';
    this.code = code;
  }
}

/** An answer with a status outside 200–299. */
export class ApiError extends Error {
  readonly status: number;
  /** The server's stable code, such as ERR_CREDENTIALS_WRONG; `HTTP_<status>` when the answer has none (a proxy's). */
  readonly code: string;
  /** The instance that answered (`x-served-by`). */
  readonly servedBy: string | undefined;
  /** Seconds to wait, from `Retry-After`. */
  readonly retryAfter: number | undefined;

  constructor(answer: {
    status: number;
    code: string;
    message: string;
    servedBy: string | undefined;
    retryAfter: number | undefined;
  }) {
    super(answer.message);
    this.name = 'ApiError';
    this.status = answer.status;
    this.code = answer.code;
    this.servedBy = answer.servedBy;
    this.retryAfter = answer.retryAfter;
  }
}
