// Accounts as an API needs them: a directory on a database whose tables fit, a password hasher, and the demo users
// where they are wanted.

import { type Accounts, type AccountsOptions, createAccounts } from './accounts.ts';
import { createSqlCounts } from './attempts/sql-counts.ts';
import type { UserDirectory } from './contracts/directory.ts';
import { type DatabaseAddress, describeAddress } from './database/address.ts';
import type { Database, DatabaseOptions } from './database/database.ts';
import { isPassing } from './database/failures.ts';
import { migrate, requireSchema } from './database/migrate.ts';
import { openDatabase } from './database/open-database.ts';
import { retry } from './database/retry.ts';
import { seedDemoUsers } from './demo-users.ts';
import { createSqlDirectory } from './directories/sql.ts';
import { addKindsInUse, createPasswords, type Passwords, type PasswordsOptions } from './passwords/passwords.ts';

type CountsOptions = Pick<AccountsOptions, 'sharedCounts' | 'onCountsChange'>;

export interface OpenAccountsOptions extends DatabaseOptions, CountsOptions {
  readonly database: DatabaseAddress;
  /** Brings the tables to this version first. */
  readonly migrate: boolean;
  /** How long to wait for the database, ms. */
  readonly waitMs: number;
  /** How passwords are hashed. */
  readonly passwords: PasswordsOptions;
  /** Adds users whose password is public. */
  readonly demoUsers: boolean;
  /** Registrations of one address in 15 minutes. */
  readonly registrationsPerAddress: number;
}

export interface OpenAccounts {
  readonly accounts: Accounts;
  /** For `createAdministration`. */
  readonly directory: UserDirectory;
  readonly passwords: Passwords;
  /** What the operator should know, for the log. */
  readonly advice: readonly string[];
  /** @throws if the database cannot answer */
  readonly check: () => Promise<unknown>;
  readonly close: () => Promise<void>;
}

const MEMORY_ADVICE =
  'Accounts are in the memory of this process: they end with it, and other servers do not have them. Set DATABASE_URL.';

/** @throws ERR_DATABASE_… if the database cannot be used, after `waitMs` if waiting may help */
export async function openAccounts(options: OpenAccountsOptions): Promise<OpenAccounts> {
  const { demoUsers, registrationsPerAddress, onCountsChange } = options;
  const limits = { registrationsPerAddress };
  const passwords = createPasswords(options.passwords);
  const database = await waitForDatabase(options);
  try {
    const directory = createSqlDirectory(database);
    await addKindsInUse(passwords, directory);
    if (demoUsers) await seedDemoUsers({ directory, passwords });
    const counts = isShared(options.database) ? createSqlCounts(database) : undefined;
    const sharedCounts = options.sharedCounts ?? counts;
    const accounts = createAccounts({ sharedCounts, onCountsChange, directory, passwords, limits });
    const advice = isShared(options.database) ? [] : [MEMORY_ADVICE];
    return {
      accounts,
      directory,
      passwords,
      advice,
      check: async () => directory.check(),
      close: () => database.close(),
    };
  } catch (error) {
    await database.close();
    throw error;
  }
}

/** Whether several servers can use it. */
function isShared(address: DatabaseAddress): boolean {
  return address.kind === 'postgres' || address.path !== ':memory:';
}

/** After this time, a line on stderr says what the process waits for. */
const QUIET_MS = 2_000;

function waitForDatabase(options: OpenAccountsOptions): Promise<Database> {
  const name = describeAddress(options.database);
  const quiet = setTimeout(() => process.stderr.write(`Waiting for a database. ${name} …\n`), QUIET_MS);
  const pauses = { firstPauseMs: 10, longestPauseMs: 200 };
  return retry(() => openReady(options), { withinMs: options.waitMs, isPassing, ...pauses }).finally(() =>
    clearTimeout(quiet),
  );
}

async function openReady(options: OpenAccountsOptions): Promise<Database> {
  const database = await openDatabase(options.database, options);
  try {
    if (options.migrate) await migrate(database);
    await requireSchema(database);
    return database;
  } catch (error) {
    await database.close();
    throw error;
  }
}
