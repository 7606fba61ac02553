// The variables of every API that has accounts, and the rules that protect them in production.

import type { Rule } from './load.ts';
import type { serviceVariables } from './service-variables.ts';
import { flag, wholeNumber } from './variable.ts';

const LEAST_SAFE_COST = 10;

export const ACCOUNT_VARIABLES = {
  PASSWORD_COST: wholeNumber(4, 15, {
    fallback: 12,
    description: `bcrypt cost; at least ${LEAST_SAFE_COST} in production.`,
  }),
  DEMO_USERS: flag({ fallback: false, description: 'Add alice, bob and carol, whose password is public.' }),
};

type AccountSchema = ReturnType<typeof serviceVariables> & typeof ACCOUNT_VARIABLES;

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
