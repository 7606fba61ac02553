// A call fails in one of two ways. ApiError: the server refused. ClientError: there was no usable answer; the message
// says what happened, the likely cause, and what to do next. No message holds a credential.

/** Every code of a ClientError, with a text. */
export const CLIENT_ERRORS = {
  ERR_CLIENT_TIMEOUT: 'No complete answer arrived in time.',
  ERR_CLIENT_UNREACHABLE: 'No server answers at this address.',
  ERR_CLIENT_ANSWER_UNEXPECTED: 'The answer does not come from this API.',
  ERR_CLIENT_COOKIE_REFUSED: 'The server set a session cookie that a client must not keep.',
  ERR_CLIENT_REQUEST_INVALID: 'The request cannot be sent.',
  ERR_CLIENT_OPTION_INVALID: 'An option is not valid.',
} as const;

/** The codes of `ClientError`; docs/clients.md says what each means. */
export type ClientErrorCode = keyof typeof CLIENT_ERRORS;

/** There was no usable answer; `code` says why. */
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
  /** The stable code of the server, such as ERR_CREDENTIALS_WRONG; `HTTP_<status>` if the answer has none (a proxy). */
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
