// The environment of the command line: the variables of the database, as the APIs have them.

import type { DatabaseAddress, DatabaseOptions } from '@statecraft/accounts';
import {
  ConfigError,
  DATABASE_RULES,
  DATABASE_VARIABLES,
  loadConfig,
  readDatabaseOptions,
} from '@statecraft/service-kit';

/** One query at a time. */
const POOL_SIZE = 1;

/** @throws ConfigError */
export function readConfig(env: NodeJS.ProcessEnv): { address: DatabaseAddress; options: DatabaseOptions } {
  const config = loadConfig(DATABASE_VARIABLES, env, { rules: DATABASE_RULES });
  if (config.DATABASE_URL === undefined)
    throw new ConfigError(['DATABASE_URL must be set: it says where the users are.']);
  const { database, deadlineMs } = readDatabaseOptions(config);
  return { address: database, options: { deadlineMs, poolSize: POOL_SIZE } };
}
