// What a session store is. Strategies and plugins call it, stores/* implement it, @statecraft/store-kit checks it.
//
//   request ── token ──> strategy ── id = deriveSessionId(token) ──> store
//
// A store gets ids, subjects and JSON text. It never gets a token or a cookie.

import type { Clock } from './clock.ts';
import type { Subject } from './principal.ts';
import type { Awaitable } from './strategy.ts';

/**
 * One session as a store returns it. Records are values: a store never changes a record that it returned, and changing
 * one (it may be frozen) changes nothing that is stored.
 */
export interface SessionRecord {
  /** `deriveSessionId(token)`: 16 characters of partition and 43 of SHA-256, base64url. Never the token. */
  readonly id: string;
  /**
   * Whose session it is; `undefined` for an anonymous one. Set by create, changed by changeSubject and nothing else.
   */
  readonly subject: Subject | undefined;
  /** The application's data as JSON text. A store keeps it to the letter and never parses it. */
  readonly data: string;
  /**
   * The strategy's own JSON text: lifetimes and device. A store keeps it to the letter and never parses it, so that
   * fields of a newer version survive a write by an older one.
   */
  readonly details: string;
  /** 1 after create; one higher after each update and rotate (a store may count modulo 2^24). */
  readonly version: number;
  /** ms since the epoch. Rotate keeps it. */
  readonly createdAt: number;
  /**
   * ms since the epoch; the session has expired from this moment on (`now >= idleExpiresAt`). Moved by touch and
   * update.
   */
  readonly idleExpiresAt: number;
  /** ms since the epoch; the session has expired from this moment on, and no method moves it. */
  readonly absoluteExpiresAt: number;
}

/** A session as a store gets it: its version is 1. */
export type NewSession = Omit<SessionRecord, 'version'>;

/** What `update` writes. */
export interface SessionChange {
  /** The version that was read. */
  readonly version: number;
  /** JSON text that replaces the stored data. */
  readonly data: string;
  /** JSON text that replaces the stored details. Without it they stay as they are. */
  readonly details?: string | undefined;
  /** The new idle expiry, ms since the epoch; the store caps it at the absolute one. */
  readonly idleExpiresAt: number;
}

/** `conflict`: another write came first; read again and decide. `gone`: expired or destroyed; nothing was written. */
export type UpdateOutcome = 'updated' | 'conflict' | 'gone';
/** What `touch` did. `gone`: the session expired or was destroyed. */
export type TouchOutcome = 'touched' | 'gone';
/** What `rotate` did. `gone`: the session expired or was destroyed, or another rotate was first. */
export type RotateOutcome = 'rotated' | 'gone';

/**
 * A clock and six methods. Each method answers only when its write can be read from every instance. "Not there" is a
 * value. A thrown AuthError means that the system failed; whether the write happened is then unknown.
 *
 * Every method may throw ERR_STORE_UNAVAILABLE, within the store's stated deadline.
 * Ids are made by `deriveSessionId`. For any other text, create and rotate may throw ERR_SESSION_ID_INVALID, and the
 * other methods treat it as unknown. No id and no user id gives access to another session's data.
 */
export interface SessionStore {
  /** The clock that decides every expiry in this store. Strategies compute expiries with it. */
  readonly clock: Clock;

  /**
   * Adds a session with version 1. Never overwrites: an id that is taken throws ERR_SESSION_EXISTS.
   * A user's session needs an id in that user's partition (`mintSessionToken(userId)`).
   * Beyond the store's `maxSessionsPerUser`, the user's oldest session ends in the same step. A session whose data and
   * details take more than its share of `maxBytesPerUser` is refused (`computeMaxSessionBytes`), an anonymous one, too.
   * @throws ERR_SESSION_EXISTS, ERR_SESSION_ID_INVALID, ERR_SESSION_DATA_TOO_LARGE, ERR_STORE_FULL,
   * ERR_STORE_UNAVAILABLE
   */
  create(session: NewSession): Awaitable<void>;

  /**
   * The live session. Undefined: unknown, destroyed, or past either expiry (whether or not it was swept).
   * @throws ERR_SESSION_UNREADABLE for a stored record that cannot be read: cut short, or of an unknown format;
   * ERR_STORE_UNAVAILABLE
   */
  read(id: string): Awaitable<SessionRecord | undefined>;

  /**
   * Writes if the stored version is still `change.version`. Never inserts. The new version is one higher.
   * A change after which data and details would take more than the session's share of `maxBytesPerUser` is refused, and
   * the session stays as it was.
   * @throws ERR_SESSION_DATA_TOO_LARGE, ERR_STORE_FULL, ERR_STORE_UNAVAILABLE
   */
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
   * Ends the session. Idempotent. After its answer no operation makes this id, or a rotation of it, readable again. For
   * a minute after a rotate the old id also ends its successors, so that a sign-out that ran beside the rotate still
   * ends the session. Removes an unreadable record, too.
   */
  destroy(id: string): Awaitable<void>;
}

/** A power beyond the six methods: the sessions of a user. Agrees with `read` at every moment. */
export interface UserSessions {
  /** The user's live sessions, oldest first. Skips records that cannot be read. */
  list(userId: string): Awaitable<readonly SessionRecord[]>;

  /**
   * Ends all of the user's sessions (except the id `except`) in one atomic step; answers how many live ones it ended.
   * Removes unreadable records, too.
   */
  destroyAll(userId: string, options?: { readonly except?: string }): Awaitable<number>;

  /**
   * Gives all live sessions of `subject.userId` this name and these roles in one atomic step; answers how many. It
   * raises no version: an update that runs beside it keeps the new subject, because update writes data and details
   * only.
   */
  changeSubject(subject: Subject): Awaitable<number>;
}

/**
 * What `replaceDetails` did. `conflict`: the stored details were not `from`. `gone`: the session expired or was
 * destroyed. Nothing was written then.
 */
export type DetailsOutcome = 'replaced' | 'conflict' | 'gone';

/** What `replaceDetails` compares and writes: the strategy's own JSON text. */
export interface DetailsChange {
  /** The details that were read. */
  readonly from: string;
  /** The text that replaces them. */
  readonly to: string;
}

/** A power beyond the six methods: changes the strategy's own text, and nothing else. */
export interface ReplacingDetails {
  /**
   * Writes `to` if the stored details are still `from`, to the letter, in one atomic step. Raises no version and moves
   * no expiry: an update of the data, a touch, a rotate or a changeSubject that runs beside it meets no conflict and
   * loses nothing, and neither does it. An update that writes details, too, overwrites what came after its read.
   * @throws ERR_SESSION_DATA_TOO_LARGE (data and `to` take more than the session's share), ERR_STORE_FULL,
   * ERR_STORE_UNAVAILABLE; the session stays as it was
   */
  replaceDetails(id: string, change: DetailsChange): Awaitable<DetailsOutcome>;
}

/** A power beyond the six methods: states how long a call takes at most. */
export interface Bounded {
  /** ms within which every method has answered or thrown. The session plugin lets one request wait no longer in all. */
  readonly deadlineMs: number;
}

/** A power beyond the six methods: frees the space of expired sessions. Correctness never depends on it. */
export interface Sweeping {
  /** One pass; answers how many sessions were removed. */
  sweep(): Awaitable<number>;
}

/** A power beyond the six methods: stops what the store itself started (timers), never the client that it was given. */
export interface Closing {
  close(): Awaitable<void>;
}

/** A power beyond the six methods: a store whose clock needs an answer from a server before it can be read. */
export interface Preparing {
  /**
   * Resolves as soon as `clock` may be called. The methods of the store await it themselves.
   * @throws ERR_STORE_UNAVAILABLE; a later call tries again
   */
  ready(): Promise<void>;
}
