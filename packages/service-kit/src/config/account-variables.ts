// The variables of every API that has accounts, and the rules that protect them in production.

import type { Config, Rule } from './load.ts';
import type { serviceVariables } from './service-variables.ts';
import { flag, wholeNumber } from './variable.ts';

const LEAST_SAFE_COST = 10;

export const ACCOUNT_VARIABLES = {
  PASSWORD_COST: wholeNumber(4, 15, {
    fallback: 12,
    description: `bcrypt cost; at least ${LEAST_SAFE_COST} in production.`,
  }),
  REGISTRATIONS_PER_ADDRESS: wholeNumber(1, 1_000_000_000, {
    fallback: 100,
    description: 'Registrations of one client address in 15 minutes; more are answered 429.',
  }),
  DEMO_USERS: flag({ fallback: false, description: 'Add alice, bob and carol, whose password is public.' }),
};

type AccountSchema = ReturnType<typeof serviceVariables> & typeof ACCOUNT_VARIABLES;

/** The variables as options of openAccounts in @statecraft/accounts. */
export function readAccountOptions(config: Config<typeof ACCOUNT_VARIABLES>) {
  return {
    passwordCost: config.PASSWORD_COST,
    demoUsers: config.DEMO_USERS,
    registrationsPerAddress: config.REGISTRATIONS_PER_ADDRESS,
  };
}

export const ACCOUNT_RULES: readonly Rule<AccountSchema>[] = [
  {
    of: ['NODE_ENV', 'PASSWORD_COST'],
    problem: ({ NODE_ENV, PASSWORD_COST }) =>
      NODE_ENV === 'production' &&
      PASSWORD_COST < LEAST_SAFE_COST &&
      `PASSWORD_COST must be at least ${LEAST_SAFE_COST} in production, and is ${PASSWORD_COST}.`,
  },
  {
    of: ['NODE_ENV', 'DEMO_USERS'],
    problem: ({ NODE_ENV, DEMO_USERS }) =>
      NODE_ENV === 'production' &&
      DEMO_USERS &&
      'DEMO_USERS must not be set in production: the password of these users is public.',
  },
];
