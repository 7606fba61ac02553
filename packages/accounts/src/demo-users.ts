// Three users to try things with. An app calls this only when it is told to (DEMO_USERS=1): their password is public.

import type { User, UserDirectory } from './contracts/directory.ts';
import type { Passwords } from './passwords/passwords.ts';

/** Public on purpose: it is printed by the apps and written in the README. */
export const DEMO_PASSWORD = 'keep-me-signed-in';

/** Fixed ids: the same person on every server and after every restart, so that a token outlives the server that made it. */
export const DEMO_USERS = [
  { id: 'demo-alice', username: 'alice', roles: ['user', 'admin'] },
  { id: 'demo-bob', username: 'bob', roles: ['user'] },
  { id: 'demo-carol', username: 'carol', roles: ['user'] },
] as const;

/** Adds those who are not there; whoever has one of the names already keeps it. Answers the users that were added. */
export async function seedDemoUsers(into: { directory: UserDirectory; passwords: Passwords }): Promise<User[]> {
  // One hash for all three: the password is public, so a salt of their own would protect nothing.
  const passwordHash = await into.passwords.hash(DEMO_PASSWORD);
  const added: User[] = [];
  for (const user of DEMO_USERS) {
    const outcome = await into.directory.create({ ...user, passwordHash });
    if (outcome !== 'taken') added.push(outcome);
  }
  return added;
}
