// The contract of a way to hash passwords. passwords.ts uses it; argon2id.ts and bcrypt.ts implement it.

/** One algorithm with one set of parameters. All hashes of one kind cost the same work. */
export interface PasswordHash {
  /** How each stored hash of this kind begins, up to its salt: `$argon2id$v=19$m=19456,t=2,p=1$`. */
  readonly prefix: string;
  /** Memory that one computation takes, bytes. */
  readonly memoryBytes: number;
  /** Returns a new hash, with a salt of its own, in the form in which it is stored. */
  hash(password: string): Promise<string>;
  /**
   * Tells whether the password matches a stored hash of this kind. With `undefined` it does the same work, and the
   * answer is false.
   */
  verify(password: string, stored: string | undefined): Promise<boolean>;
}
