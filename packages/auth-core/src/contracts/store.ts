// What a session store is. Strategies and plugins speak to this; stores/* implement it; testing/* checks it.
//
//   request ── token ──> strategy ── id = sessionIdOf(token) ──> store
//
// A store sees ids and JSON text. It never sees a token, a cookie or a user's object.

/** A value now, or a promise of it: a store in memory costs no promise. */
export type Awaitable<T> = T | Promise<T>;

/**
 * One session as a store holds it. Records are values: what a store returns never changes afterwards, and changing it
 * (it may be frozen) changes nothing that is stored.
 */
export interface SessionRecord {
  /** `sessionIdOf(token)`: 16 characters of partition and 43 of SHA-256, base64url. Never the token. */
  readonly id: string;
  /** Whose session it is, for good; `undefined` for one that nobody has signed in to. */
  readonly userId: string | undefined;
  /** The session's data as JSON text. A store keeps it to the letter and never parses it. */
  readonly data: string;
  /** 1 after create; one higher after each update and rotate (a store may count modulo 2^24). */
  readonly version: number;
  /** ms since the epoch. */
  readonly createdAt: number;
  /** ms since the epoch; the session is gone from this moment on (`now >= idleExpiresAt`). Moved by touch and update. */
  readonly idleExpiresAt: number;
  /** ms since the epoch; gone from this moment on, and nothing moves it. */
  readonly absoluteExpiresAt: number;
}

export type NewSession = Omit<SessionRecord, 'version'>;

export interface SessionChange {
  /** The version that was read. */
  readonly version: number;
  /** JSON text, in place of what is stored. */
  readonly data: string;
  /** The new idle expiry in ms; the store caps it at the absolute one. */
  readonly idleExpiresAt: number;
}

/** `conflict`: somebody wrote since; read again and decide. `gone`: it expired or was destroyed; nothing was written. */
export type UpdateOutcome = 'updated' | 'conflict' | 'gone';
export type TouchOutcome = 'touched' | 'gone';
export type RotateOutcome = 'rotated' | 'gone';

/**
 * Six methods. Each answers only when the write can be read back from any instance. "Not there" is a value; a thrown
 * AuthError means that the system failed, and then whether a write happened is unknown.
 *
 * Every method may throw ERR_STORE_UNAVAILABLE, within the store's stated deadline.
 * Ids are made by `sessionIdOf`; a store may refuse any other text with ERR_SESSION_ID_INVALID in create and rotate,
 * and treats it as unknown in the others. No id and no user id can reach another session's data.
 */
export interface SessionStore {
  /**
   * Adds a session with version 1. Never overwrites: an id that is taken throws ERR_SESSION_EXISTS.
   * A session of a user must be made with that user's partition (`mintSessionToken(userId)`).
   * Beyond the store's `maxSessionsPerUser`, the user's oldest session ends in the same step.
   * @throws ERR_SESSION_EXISTS, ERR_SESSION_ID_INVALID, ERR_STORE_FULL, ERR_STORE_UNAVAILABLE
   */
  create(session: NewSession): Awaitable<void>;

  /** The live session, or undefined: unknown, destroyed, or past either expiry (whether or not it was swept). */
  read(id: string): Awaitable<SessionRecord | undefined>;

  /** Replaces the data if the stored version is still `change.version`. Never inserts. The new version is one higher. */
  update(id: string, change: SessionChange): Awaitable<UpdateOutcome>;

  /** Moves the idle expiry and nothing else: no data, no version, never backwards, never past the absolute expiry. */
  touch(id: string, idleExpiresAt: number): Awaitable<TouchOutcome>;

  /**
   * Gives the live session a new id in one atomic step: at no moment are both valid or neither. The version rises by
   * one, all else stays. Of two rotates of one id one wins; the other answers gone. Both ids have the same partition.
   * @throws ERR_SESSION_EXISTS, ERR_SESSION_ID_INVALID, ERR_STORE_UNAVAILABLE
   */
  rotate(id: string, newId: string): Awaitable<RotateOutcome>;

  /**
   * Ends the session. Idempotent. Once it has answered, nothing makes this id, or a rotation of it, readable again: an id
   * that was rotated within the last minute stands for its successors here, so that a sign-out that was under way
   * beside a rotate ends the session all the same.
   */
  destroy(id: string): Awaitable<void>;
}

/** A power beyond the six: the sessions of a user. Agrees with `read` at every moment. */
export interface UserSessions {
  /** The user's live sessions, oldest first. */
  list(userId: string): Awaitable<readonly SessionRecord[]>;
  /** Ends all of them (but `except`, an id), in one atomic step; answers how many live ones it ended. */
  destroyAll(userId: string, options?: { readonly except?: string }): Awaitable<number>;
}

/** A power beyond the six: frees the room of expired sessions. Correctness never depends on it. */
export interface Sweeping {
  /** One pass; answers how many sessions were removed. */
  sweep(): Awaitable<number>;
}

/** A power beyond the six: lets go of what the store itself holds (timers), never of the client it was given. */
export interface Closing {
  close(): Awaitable<void>;
}
