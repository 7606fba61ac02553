// How passwords are hashed, and what production refuses. Each value is checked again where it is used.

import type { Config, Rule } from './load.ts';
import type { serviceVariables } from './service-variables.ts';
import { oneOf, wholeNumber } from './variable.ts';

// OWASP Password Storage Cheat Sheet: bcrypt; argon2id; argon2id with a single pass.
const LEAST_COST = 10;
const LEAST_MEMORY_KIB = 19_456;
const LEAST_MEMORY_KIB_OF_ONE_PASS = 47_104;

export const PASSWORD_VARIABLES = {
  PASSWORD_HASH: oneOf(['argon2id', 'bcrypt'], {
    fallback: 'argon2id',
    description: 'How passwords are hashed. Hashes of the other kind are accepted, and rewritten at the next sign-in.',
  }),
  PASSWORD_MEMORY_KIB: wholeNumber(8, 1_048_576, {
    fallback: LEAST_MEMORY_KIB,
    description: `argon2id: memory of one hash, KiB; at least ${LEAST_MEMORY_KIB} in production, ${LEAST_MEMORY_KIB_OF_ONE_PASS} with one pass.`,
  }),
  PASSWORD_PASSES: wholeNumber(1, 100, {
    fallback: 2,
    description: 'argon2id: how often the memory is filled; the time grows in proportion.',
  }),
  PASSWORD_COST: wholeNumber(4, 15, {
    fallback: 12,
    description: `bcrypt: its cost; one more doubles the time; at least ${LEAST_COST} in production.`,
  }),
};

type PasswordSchema = ReturnType<typeof serviceVariables> & typeof PASSWORD_VARIABLES;

/** The variables as options of createPasswords in @statecraft/accounts. */
export function readPasswordOptions(config: Config<PasswordSchema>) {
  return {
    algorithm: config.PASSWORD_HASH,
    memoryKib: config.PASSWORD_MEMORY_KIB,
    passes: config.PASSWORD_PASSES,
    cost: config.PASSWORD_COST,
    allowLowCost: config.NODE_ENV !== 'production',
  };
}

export const PASSWORD_RULES: readonly Rule<PasswordSchema>[] = [
  {
    of: ['NODE_ENV', 'PASSWORD_HASH', 'PASSWORD_COST'],
    problem: ({ NODE_ENV, PASSWORD_HASH, PASSWORD_COST }) =>
      NODE_ENV === 'production' &&
      PASSWORD_HASH === 'bcrypt' &&
      PASSWORD_COST < LEAST_COST &&
      `PASSWORD_COST must be at least ${LEAST_COST} in production, and is ${PASSWORD_COST}.`,
  },
  {
    of: ['NODE_ENV', 'PASSWORD_HASH', 'PASSWORD_MEMORY_KIB', 'PASSWORD_PASSES'],
    problem: ({ NODE_ENV, PASSWORD_HASH, PASSWORD_MEMORY_KIB, PASSWORD_PASSES }) => {
      const least = PASSWORD_PASSES === 1 ? LEAST_MEMORY_KIB_OF_ONE_PASS : LEAST_MEMORY_KIB;
      return (
        NODE_ENV === 'production' &&
        PASSWORD_HASH === 'argon2id' &&
        PASSWORD_MEMORY_KIB < least &&
        `PASSWORD_MEMORY_KIB must be at least ${least} in production with PASSWORD_PASSES=${PASSWORD_PASSES}, and is ${PASSWORD_MEMORY_KIB}.`
      );
    },
  },
];
