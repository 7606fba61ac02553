import type { Subject } from '@statecraft/auth-core';

export interface Credentials {
  readonly username: string;
  readonly password: string;
}

/** The JSON schema of a sign-in. Fastify answers 400 if the body does not match. */
export const credentialsSchema = {
  type: 'object',
  required: ['username', 'password'],
  properties: { username: { type: 'string' }, password: { type: 'string' } },
} as const;

// Replace them with a table of users, and keep only hashes of the passwords (argon2 or scrypt).
const users = [
  { userId: '1', username: 'ada', password: 'lovelace', roles: ['user', 'admin'] },
  { userId: '2', username: 'bob', password: 'the-builder', roles: ['user'] },
];

/** Returns the user with this name and password, or undefined. */
export function findUser({ username, password }: Credentials): Subject | undefined {
  const user = users.find((one) => one.username === username && one.password === password);
  return user && { userId: user.userId, username: user.username, roles: user.roles };
}
