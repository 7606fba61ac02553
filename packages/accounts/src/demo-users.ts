// Three users for trying things out. An app adds them only with DEMO_USERS=1, because their password is public.

import type { User, UserDirectory } from './contracts/directory.ts';
import type { Passwords } from './passwords/passwords.ts';

/** Public on purpose: the apps print it, and the documentation names it. */
export const DEMO_PASSWORD = 'keep-me-signed-in';

/** The ids are fixed: the same on every server and after every restart, so a token works on each of them. */
export const DEMO_USERS = [
  { id: 'demo-alice', username: 'alice', roles: ['user', 'admin'] },
  { id: 'demo-bob', username: 'bob', roles: ['user'] },
  { id: 'demo-carol', username: 'carol', roles: ['user'] },
] as const;

/** Adds the demo users whose names are free, and returns those that it added. */
export async function seedDemoUsers(into: { directory: UserDirectory; passwords: Passwords }): Promise<User[]> {
  const known = await Promise.all(DEMO_USERS.map(({ id }) => into.directory.findById(id)));
  const missing = DEMO_USERS.filter((_user, index) => known[index] === undefined);
  if (missing.length === 0) return [];
  // One hash for all of them: the password is public, so separate salts would protect nothing.
  const passwordHash = await into.passwords.hash(DEMO_PASSWORD);
  const added: User[] = [];
  for (const user of missing) {
    const outcome = await into.directory.create({ ...user, passwordHash });
    if (outcome !== 'taken') added.push(outcome);
  }
  return added;
}
