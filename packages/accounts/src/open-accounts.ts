// Accounts as an API needs them: a directory, a password hasher, and the demo users where they are wanted.

import { type Accounts, createAccounts } from './accounts.ts';
import { seedDemoUsers } from './demo-users.ts';
import { createMemoryDirectory } from './directories/memory.ts';
import { createPasswords, type PasswordsOptions } from './passwords/passwords.ts';

export interface OpenAccountsOptions {
  /** How passwords are hashed. */
  readonly passwords: PasswordsOptions;
  /** Adds users whose password is public. */
  readonly demoUsers: boolean;
  /** Registrations of one address in 15 minutes. */
  readonly registrationsPerAddress: number;
}

export async function openAccounts(options: OpenAccountsOptions): Promise<Accounts> {
  const directory = createMemoryDirectory();
  const passwords = createPasswords(options.passwords);
  if (options.demoUsers) await seedDemoUsers({ directory, passwords });
  return createAccounts({ directory, passwords, limits: { registrationsPerAddress: options.registrationsPerAddress } });
}
