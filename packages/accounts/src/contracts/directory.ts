// Where users are kept. accounts.ts speaks to this; directories/* implement it (memory now, a database later).
//
//   register ── create ──> directory        sign in ── findByUsername ──> directory
//
// A directory sees password hashes. It never sees a password, and it decides nothing about one.

/** A value now, or a promise of it. */
type Awaitable<T> = T | Promise<T>;

/** A user as everybody may see them: what /auth/me answers and what a session or a token is issued for. */
export interface User {
  /** Opaque and for good; at most 64 characters of base64url. */
  readonly id: string;
  /** As typed at registration, NFKC-normalized. */
  readonly username: string;
  readonly roles: readonly string[];
}

/** A user with what only accounts.ts may see. */
export interface Account {
  readonly user: User;
  readonly passwordHash: string;
  /** A disabled account stays, so that its name is not given away; nobody signs in to it. */
  readonly disabled: boolean;
}

export interface NewUser {
  /** Given only for demo users, whose id is the same on every server; else the directory makes 128 random bits. */
  readonly id?: string;
  /** A name that passed `parseUsername`. */
  readonly username: string;
  readonly passwordHash: string;
  readonly roles: readonly string[];
}

/** `conflict`: the hash is no longer the one that was read; nothing was written. `gone`: there is no such user. */
export type HashChange = 'changed' | 'conflict' | 'gone';

/**
 * Five methods. "Not there" is a value; a thrown error means that the system failed, and then whether a write happened
 * is unknown. What a method returned never changes afterwards: it is a value, not a view.
 * Any text is an ordinary name and id, `__proto__` and `constructor` too.
 */
export interface UserDirectory {
  /**
   * Adds a user. Two names with the same `usernameKey` are one name: the second `create` answers 'taken' and changes
   * nothing, whatever the concurrency. So does an id that exists.
   * @throws ERR_DIRECTORY_FULL
   */
  create(user: NewUser): Awaitable<User | 'taken'>;

  /** The account whose name has the same `usernameKey`, disabled or not; undefined when nobody has it. */
  findByUsername(username: string): Awaitable<Account | undefined>;

  /** The account with this id, disabled or not; undefined for any other text. */
  findById(id: string): Awaitable<Account | undefined>;

  /**
   * Replaces the hash if it is still `from`, in one atomic step. Without `from`, a sign-in that stores a stronger hash
   * of the old password could undo a change of password that ran beside it.
   */
  setPasswordHash(id: string, change: { readonly from: string; readonly to: string }): Awaitable<HashChange>;

  /** Closes the account to sign-in. Idempotent. Ending its sessions is the caller's part (ASVS 7.4.2). */
  disable(id: string): Awaitable<'disabled' | 'gone'>;
}
