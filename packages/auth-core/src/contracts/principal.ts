// Who makes a request, in every mode. A guard fills `request.principal` with it, and routes read nothing else.

/** A user as a session or a token holds it: identity, name and rights. */
export interface Subject {
  readonly userId: string;
  readonly username: string;
  readonly roles: readonly string[];
}

export interface Principal extends Subject {
  /** How the request proved it. */
  readonly credential: SessionCredential | TokenCredential;
}

/** The credential of a principal who came with a session. */
export interface SessionCredential {
  readonly kind: 'session';
  /** The id under which the store keeps the session, never its token. */
  readonly sessionId: string;
}

/** The credential of a principal who came with a token. */
export interface TokenCredential {
  readonly kind: 'jwt';
  /** `jti` (RFC 7519, 4.1.7). */
  readonly tokenId: string;
  /** `exp` in ms since the epoch. */
  readonly expiresAt: number;
}
