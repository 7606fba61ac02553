// Users in the memory of this process: for development, tests and the lab. A restart loses all but the demo users.

import { randomBytes } from 'node:crypto';
import type { Account, NewUser, User, UserDirectory } from '../contracts/directory.ts';
import { AccountsError } from '../errors.ts';
import { normalizeUsername } from '../usernames.ts';

export interface MemoryDirectoryOptions {
  /** The largest number of users; beyond it ERR_DIRECTORY_FULL. Default 100,000. */
  readonly maxUsers?: number;
}

export const MEMORY_DIRECTORY_DEFAULTS = { maxUsers: 100_000 } as const;

export function createMemoryDirectory(options: MemoryDirectoryOptions = {}): UserDirectory {
  const maxUsers = options.maxUsers ?? MEMORY_DIRECTORY_DEFAULTS.maxUsers;
  if (!Number.isSafeInteger(maxUsers) || maxUsers < 1)
    throw new AccountsError('ERR_ACCOUNTS_OPTION_INVALID', {
      detail: 'maxUsers must be a whole number of at least 1.',
    });
  // Maps, not objects, because `__proto__` is a valid name.
  const byId = new Map<string, Account>();
  const idByName = new Map<string, string>();

  function replace(account: Account, change: Partial<Account>): void {
    byId.set(account.user.id, Object.freeze({ ...account, ...change }));
  }

  return {
    create(newUser) {
      const key = normalizeUsername(newUser.username);
      const user = createUser(newUser);
      if (idByName.has(key) || byId.has(user.id)) return 'taken';
      if (byId.size >= maxUsers) throw new AccountsError('ERR_DIRECTORY_FULL');
      idByName.set(key, user.id);
      byId.set(user.id, Object.freeze({ user, passwordHash: newUser.passwordHash, disabled: false }));
      return user;
    },

    findByUsername(username) {
      const id = idByName.get(normalizeUsername(username));
      return id === undefined ? undefined : byId.get(id);
    },

    findById: (id) => byId.get(id),

    setPasswordHash(id, { from, to }) {
      const account = byId.get(id);
      if (account === undefined) return 'gone';
      if (account.passwordHash !== from) return 'conflict';
      replace(account, { passwordHash: to });
      return 'changed';
    },

    disable(id) {
      const account = byId.get(id);
      if (account === undefined) return 'gone';
      replace(account, { disabled: true });
      return 'disabled';
    },
  };
}

function createUser({ id, username, roles }: NewUser): User {
  return Object.freeze({
    id: id ?? randomBytes(16).toString('base64url'),
    username,
    roles: Object.freeze([...roles]),
  });
}
