// Who is asking, whatever the mode: a guard fills `request.principal` with this and routes read nothing else.

export interface Principal {
  readonly userId: string;
  readonly username: string;
  readonly roles: readonly string[];
  /** How the request proved it. */
  readonly credential: SessionCredential | TokenCredential;
}

export interface SessionCredential {
  readonly kind: 'session';
  /** The store's id of the session, never its token. */
  readonly sessionId: string;
}

export interface TokenCredential {
  readonly kind: 'jwt';
  /** `jti` (RFC 7519, 4.1.7). */
  readonly tokenId: string;
  /** `exp` in ms since the epoch. */
  readonly expiresAt: number;
}

/** What a user is to a session or a token: who, by what name, allowed what. */
export type Subject = Omit<Principal, 'credential'>;
