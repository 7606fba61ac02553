// The variables of the user database, and what is wrong with them.

import { type DatabaseAddress, parseDatabaseUrl } from './database-url.ts';
import type { Config, Rule } from './load.ts';
import { flag, secret, wholeNumber } from './variable.ts';

export const DATABASE_VARIABLES = {
  DATABASE_URL: {
    ...secret(1, {
      fallbackText: 'memory, in production none; the commands of the repository: `.state/users.sqlite`',
      description: 'Where the users are. The same for all servers.',
    }),
    allowed: '`sqlite:<path>`, `sqlite::memory:`, `postgres://user:password@host:port/database`, with `?sslmode=…`',
  },
  DATABASE_CA: {
    ...secret(1, { fallbackText: 'the system’s', description: 'Who may sign the certificate of PostgreSQL.' }),
    allowed: 'certificates in PEM',
    parse: (value: string) => (/^-----BEGIN CERTIFICATE-----/m.test(value) ? value : undefined),
  },
  DATABASE_POOL_SIZE: wholeNumber(1, 1000, {
    fallback: 10,
    description: 'Most connections of this server to PostgreSQL.',
  }),
  DATABASE_DEADLINE_MS: wholeNumber(10, 60_000, {
    fallback: 2000,
    description: 'Without an answer to a query by then, the request is 503, ms.',
  }),
  DATABASE_WAIT_SECONDS: wholeNumber(0, 600, {
    fallback: 10,
    description: 'How long the process waits for the database at boot, s.',
  }),
  DATABASE_MIGRATE: flag({
    fallbackText: '`1` with SQLite, else `0`',
    description: 'Bring the tables to this version at boot; otherwise `npm run db:migrate` does.',
  }),
};

export const DATABASE_RULES: readonly Rule<typeof DATABASE_VARIABLES>[] = [
  {
    of: ['DATABASE_URL'],
    problem: ({ DATABASE_URL }) => DATABASE_URL !== undefined && checkDatabaseUrl(DATABASE_URL),
  },
];

/** The variables as options of openAccounts in @statecraft/accounts. */
export function readDatabaseOptions(config: Config<typeof DATABASE_VARIABLES>) {
  const { DATABASE_URL = 'sqlite::memory:', DATABASE_CA } = config;
  const address: DatabaseAddress = parseDatabaseUrl(DATABASE_URL);
  return {
    database: address.kind === 'postgres' ? { ...address, ca: DATABASE_CA } : address,
    migrate: config.DATABASE_MIGRATE ?? address.kind === 'sqlite',
    waitMs: config.DATABASE_WAIT_SECONDS * 1000,
    deadlineMs: config.DATABASE_DEADLINE_MS,
    poolSize: config.DATABASE_POOL_SIZE,
  };
}

/** What is wrong with DATABASE_URL, or false. */
function checkDatabaseUrl(text: string): string | false {
  try {
    parseDatabaseUrl(text);
    return false;
  } catch (error) {
    return `DATABASE_URL ${(error as Error).message}.`;
  }
}
