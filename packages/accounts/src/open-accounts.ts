// Accounts as an API needs them: a directory, a password hasher, and the demo users where they are wanted.

import { type Accounts, createAccounts } from './accounts.ts';
import { seedDemoUsers } from './demo-users.ts';
import { createMemoryDirectory } from './directories/memory.ts';
import { createPasswords } from './passwords/passwords.ts';

export interface OpenAccountsOptions {
  /** bcrypt cost, 4 to 15. Below 10 only for trials. */
  readonly passwordCost: number;
  /** Adds users whose password is public. */
  readonly demoUsers: boolean;
  /** Registrations of one address in 15 minutes. */
  readonly registrationsPerAddress: number;
}

const LEAST_SAFE_COST = 10;

export async function openAccounts(options: OpenAccountsOptions): Promise<Accounts> {
  const { passwordCost, demoUsers, registrationsPerAddress } = options;
  const directory = createMemoryDirectory();
  const passwords = createPasswords({ cost: passwordCost, allowLowCost: passwordCost < LEAST_SAFE_COST });
  if (demoUsers) await seedDemoUsers({ directory, passwords });
  return createAccounts({ directory, passwords, limits: { registrationsPerAddress } });
}
