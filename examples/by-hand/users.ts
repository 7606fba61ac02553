// The users of all four servers, in memory. Passwords are kept as scrypt hashes. Who a user is has nothing to do with how the
// server remembers them, so this part is the same everywhere.

import { randomBytes, randomUUID, scrypt, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';

const hash = promisify<string, Buffer, number, Buffer>(scrypt);

export interface User {
  readonly id: string;
  readonly username: string;
  readonly roles: readonly string[];
}

/** The body of a registration and of a sign-in. */
export interface Credentials {
  readonly username: string;
  readonly password: string;
}

/** Fastify answers 400 to a body that does not match. */
export const body = {
  type: 'object',
  required: ['username', 'password'],
  properties: { username: { type: 'string' }, password: { type: 'string' } },
} as const;

/** What Fastify answers to a name that is taken. */
const TAKEN = { statusCode: 409, code: 'ERR_USERNAME_TAKEN' };

export interface Users {
  /** @throws 409 if the name is taken */
  add(credentials: Credentials): Promise<User>;
  /** Answers the user, or undefined if the name or the password is wrong. */
  check(credentials: Credentials): Promise<User | undefined>;
}

export function createUsers(): Users {
  const accounts = new Map<string, { user: User; salt: Buffer; key: Buffer }>();
  const unknown = { user: undefined, salt: randomBytes(16), key: randomBytes(32) };

  return {
    async add({ username, password }) {
      const salt = randomBytes(16);
      const key = await hash(password, salt, 32);
      if (accounts.has(username)) throw Object.assign(new Error('The username is taken.'), TAKEN);
      const user = { id: randomUUID(), username, roles: ['user'] };
      accounts.set(username, { user, salt, key });
      return user;
    },

    async check({ username, password }) {
      // An unknown name takes as long as a wrong password.
      const account = accounts.get(username) ?? unknown;
      return timingSafeEqual(await hash(password, account.salt, 32), account.key) ? account.user : undefined;
    },
  };
}
