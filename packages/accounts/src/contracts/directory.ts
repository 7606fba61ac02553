// The contract of a user directory. accounts.ts uses it; directories/sql.ts implements it.
//
//   register ── create ──> directory        sign in ── findByUsername ──> directory
//
// A directory sees password hashes. It never sees a password, and it makes no decision about passwords.

/** A value now, or a promise of it. */
type Awaitable<T> = T | Promise<T>;

/** The public part of an account: the answer of /auth/me, and the subject of a session or a token. */
export interface User {
  /** Opaque and permanent; at most 64 characters of base64url. */
  readonly id: string;
  /** As typed at registration, in NFKC form. */
  readonly username: string;
  readonly roles: readonly string[];
}

/** A user as administration sees it. */
export interface UserSummary {
  readonly user: User;
  /** A disabled account keeps its name, so no other user can take it. It refuses every sign-in. */
  readonly status: 'active' | 'disabled';
  /** ms since the epoch. */
  readonly createdAt: number;
  /** ms since the epoch; a stronger hash of the same password does not count. */
  readonly passwordChangedAt: number;
}

/** A user with the field that only accounts.ts may see. */
export interface Account extends UserSummary {
  readonly passwordHash: string;
}

export interface NewUser {
  /** Only for demo users, whose ids are the same on every server. Otherwise the directory makes 128 random bits. */
  readonly id?: string;
  /** A name that passed `parseUsername`. */
  readonly username: string;
  readonly passwordHash: string;
  readonly roles: readonly string[];
}

/** `conflict`: the stored hash is not the one that was read, and nothing was written. `gone`: there is no such user. */
export type HashChange = 'changed' | 'conflict' | 'gone';

export interface NewHash {
  /** The hash that was read. */
  readonly from: string;
  readonly to: string;
  /** A stronger hash of the same password: `passwordChangedAt` stays. */
  readonly rehash?: boolean;
}

export interface UserPage {
  /** In the order of their names' `normalizeUsername`. */
  readonly users: readonly UserSummary[];
  /** `after` of the next page; without it, this is the last. */
  readonly next?: string;
}

/**
 * "Not found" is a value. A thrown error means that the system failed and that the outcome of a write is unknown. A
 * returned object never changes afterwards. Any text is an ordinary name and id, including `__proto__` and
 * `constructor`. Each change is atomic: concurrent calls, also of other servers, give the result of some order of them.
 *
 * Every method may throw ERR_DATABASE_UNAVAILABLE, _LOCKED, _REFUSED, _UNUSABLE and _SCHEMA; those that write also
 * ERR_DATABASE_FULL and _READ_ONLY.
 */
export interface UserDirectory {
  /**
   * Adds a user. Two names with the same `normalizeUsername` are one name: of two calls, concurrent or not, the second
   * returns 'taken' and changes nothing. An id that exists gives 'taken', too. The name of a removed user is taken for
   * 30 more days.
   */
  create(user: NewUser): Awaitable<User | 'taken'>;

  /** Returns the account whose name has the same `normalizeUsername`, disabled or not; else undefined. */
  findByUsername(username: string): Awaitable<Account | undefined>;

  /** Returns the account with this id, disabled or not; undefined for any other text. */
  findById(id: string): Awaitable<Account | undefined>;

  /**
   * Replaces the hash if it is still `from`. Without `from`, a sign-in that stores a stronger hash of the old password
   * could undo a concurrent change of password.
   */
  setPasswordHash(id: string, change: NewHash): Awaitable<HashChange>;

  /**
   * Closes the account to sign-in. Idempotent. The caller ends its sessions (ASVS 7.4.2).
   * `last-administrator`, here and below: no other active user has the role `admin`, and nothing was written.
   */
  disable(id: string): Awaitable<'disabled' | 'gone' | 'last-administrator'>;

  /** Opens it again. Idempotent. */
  enable(id: string): Awaitable<'enabled' | 'gone'>;

  /** Replaces the roles. The caller changes or ends the user's sessions. */
  setRoles(id: string, roles: readonly string[]): Awaitable<'changed' | 'gone' | 'last-administrator'>;

  /** Deletes the user, for ever: all but the compared form of the name. The caller ends the sessions (ASVS 7.4.2). */
  remove(id: string): Awaitable<'removed' | 'gone' | 'last-administrator'>;

  /**
   * Lists the users whose names come after `after` (default: from the first).
   * @param page `limit`: 1 to 1,000
   */
  list(page: { readonly after?: string; readonly limit: number }): Awaitable<UserPage>;

  /**
   * Returns a hash that begins with none of these, if there is one. It reads all users: for the start of a server, not
   * for the path of a request.
   */
  findHashUnlike(prefixes: readonly string[]): Awaitable<string | undefined>;

  /** Asks the database for as little as possible. @throws if it cannot answer. */
  check(): Awaitable<unknown>;
}
