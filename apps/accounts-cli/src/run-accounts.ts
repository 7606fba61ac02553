// Runs a command of `accounts`: opens the user database and the session store that stateful-api would use.

import {
  AccountsError,
  createAdministration,
  createPasswords,
  createSqlDirectory,
  openDatabase,
  requireSchema,
} from '@statecraft/accounts';
import { ConfigError, readAccountOptions } from '@statecraft/service-kit';
import { openManagedSessions, readConfig, type StatefulConfig } from '@statecraft/stateful-api/administration';
import { type AccountsContext, parseAccountsCommand, RefusedError } from './accounts.ts';

/** @throws UsageError, RefusedError, ConfigError, AccountsError, and what the session store throws */
export async function runAccounts(
  args: readonly string[],
  env: NodeJS.ProcessEnv,
  rest: Omit<AccountsContext, 'administration'>,
): Promise<void> {
  const { usesSessions, run } = parseAccountsCommand(args);
  const config = readConfig(env);
  if (config.DATABASE_URL === undefined)
    throw new ConfigError(['DATABASE_URL must be set: it says where the users are.']);
  await withAdministration(config, usesSessions, (administration) => run({ ...rest, administration }));
}

async function withAdministration(
  config: StatefulConfig,
  usesSessions: boolean,
  use: (administration: AccountsContext['administration']) => Promise<void>,
): Promise<void> {
  const options = readAccountOptions(config);
  const database = await openDatabase(options.database, { deadlineMs: options.deadlineMs, poolSize: 1 });
  try {
    await requireSchema(database);
    const managed = usesSessions ? await openManagedSessions(config).catch(refuse) : undefined;
    try {
      const directory = createSqlDirectory(database);
      const passwords = createPasswords(options.passwords);
      await use(createAdministration({ directory, passwords, sessions: managed?.sessions }));
    } finally {
      await managed?.close();
    }
  } finally {
    await database.close();
  }
}

/** A store that cannot be opened: its message says which one, and why. */
function refuse(error: Error): never {
  throw new RefusedError(error.message);
}

/** An error whose message is meant for the user of the command. */
export function isExpected(error: unknown): error is Error {
  if (error instanceof AccountsError || error instanceof ConfigError) return true;
  return error instanceof Error && 'code' in error && /^ERR_(STORE|SESSION|OPTION)_/.test(String(error.code));
}
