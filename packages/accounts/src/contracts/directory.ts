// The contract of a user directory. accounts.ts uses it; directories/* implement it (memory now, a database later).
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

/** A user with the fields that only accounts.ts may see. */
export interface Account {
  readonly user: User;
  readonly passwordHash: string;
  /** A disabled account keeps its name, so no other user can take it. It refuses every sign-in. */
  readonly disabled: boolean;
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

/**
 * Five methods. "Not found" is a value. A thrown error means that the system failed and that the outcome of a write is
 * unknown. A returned object never changes afterwards. Any text is an ordinary name and id, including `__proto__` and
 * `constructor`.
 */
export interface UserDirectory {
  /**
   * Adds a user. Two names with the same `normalizeUsername` are one name: of two calls, concurrent or not, the second
   * returns 'taken' and changes nothing. An id that exists gives 'taken', too.
   * @throws ERR_DIRECTORY_FULL
   */
  create(user: NewUser): Awaitable<User | 'taken'>;

  /** Returns the account whose name has the same `normalizeUsername`, disabled or not; else undefined. */
  findByUsername(username: string): Awaitable<Account | undefined>;

  /** Returns the account with this id, disabled or not; undefined for any other text. */
  findById(id: string): Awaitable<Account | undefined>;

  /**
   * Replaces the hash if it is still `from`, in one atomic step. Without `from`, a sign-in that stores a stronger hash
   * of the old password could undo a concurrent change of password.
   */
  setPasswordHash(id: string, change: { readonly from: string; readonly to: string }): Awaitable<HashChange>;

  /** Closes the account to sign-in. Idempotent. The caller ends its sessions (ASVS 7.4.2). */
  disable(id: string): Awaitable<'disabled' | 'gone'>;
}
