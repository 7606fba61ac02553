// The contract of the sessions that an administrator can see and end. administration.ts uses it; an app with sessions
// implements it over its session strategy.

import type { User } from './directory.ts';

/** A value now, or a promise of it. */
type Awaitable<T> = T | Promise<T>;

/** A session as people recognise it. Times are ISO 8601 texts. */
export interface UserSession {
  /** The store's id. It is no credential: the token cannot be derived from it. */
  readonly id: string;
  readonly createdAt: string;
  readonly lastSeenAt: string;
  readonly expiresAt: string;
  /** Whether the session is bound to a key of the device: copied cookies then work for minutes only. */
  readonly deviceBound: boolean;
  /** The client's network address at sign-in. */
  readonly address?: string | undefined;
  /** `Firefox on Windows`. */
  readonly browser?: string | undefined;
}

/** Each method throws if the session store fails. */
export interface ManagedSessions {
  /** The user's live sessions, oldest first. */
  list(userId: string): Awaitable<readonly UserSession[]>;
  /** Ends a session if it is this user's. Returns whether it was. */
  end(userId: string, sessionId: string): Awaitable<boolean>;
  /** Ends all sessions of the user. */
  endAll(userId: string): Awaitable<unknown>;
  /** Gives the user's live sessions this name and these roles, or ends them. */
  changeSubject(user: User): Awaitable<unknown>;
}
