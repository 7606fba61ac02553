// The variables of every API that has accounts, and the rules that protect them in production.

import { DATABASE_RULES, DATABASE_VARIABLES, readDatabaseOptions } from './database-variables.ts';
import type { Config, Rule } from './load.ts';
import { PASSWORD_RULES, PASSWORD_VARIABLES, readPasswordOptions } from './password-variables.ts';
import type { serviceVariables } from './service-variables.ts';
import { flag, wholeNumber } from './variable.ts';

const IN_MEMORY = 'sqlite::memory:';

export const ACCOUNT_VARIABLES = {
  ...DATABASE_VARIABLES,
  ...PASSWORD_VARIABLES,
  REGISTRATIONS_PER_ADDRESS: wholeNumber(1, 1_000_000_000, {
    fallback: 100,
    description: 'Registrations of one client address in 15 minutes, taken names included; more are answered 429.',
  }),
  DEMO_USERS: flag({ fallback: false, description: 'Add alice, bob and carol, whose password is public.' }),
};

type AccountSchema = ReturnType<typeof serviceVariables> & typeof ACCOUNT_VARIABLES;

/** The variables as options of openAccounts in @statecraft/accounts. */
export function readAccountOptions(config: Config<AccountSchema>) {
  return {
    ...readDatabaseOptions(config),
    passwords: readPasswordOptions(config),
    demoUsers: config.DEMO_USERS,
    registrationsPerAddress: config.REGISTRATIONS_PER_ADDRESS,
  };
}

export const ACCOUNT_RULES: readonly Rule<AccountSchema>[] = [
  ...DATABASE_RULES,
  ...PASSWORD_RULES,
  {
    of: ['NODE_ENV', 'DATABASE_URL'],
    problem: ({ NODE_ENV, DATABASE_URL = IN_MEMORY }) =>
      NODE_ENV === 'production' &&
      DATABASE_URL.toLowerCase() === IN_MEMORY &&
      'DATABASE_URL must name a database that lasts in production: postgres://user:password@host:port/database, or ' +
        'sqlite:<path> if all servers are on one machine.',
  },
  {
    of: ['NODE_ENV', 'DEMO_USERS'],
    problem: ({ NODE_ENV, DEMO_USERS }) =>
      NODE_ENV === 'production' &&
      DEMO_USERS &&
      'DEMO_USERS must not be set in production: the password of these users is public.',
  },
];
