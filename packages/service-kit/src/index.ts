// What every API needs beside its own routes.

export { logAuthEvents, type NameUser } from './auth-events.ts';
export { ACCOUNT_RULES, ACCOUNT_VARIABLES, readAccountOptions } from './config/account-variables.ts';
export { type DatabaseAddress, parseDatabaseUrl } from './config/database-url.ts';
export { DATABASE_RULES, DATABASE_VARIABLES, readDatabaseOptions } from './config/database-variables.ts';
export { describeConfig } from './config/describe.ts';
export {
  type Config,
  ConfigError,
  type Expectations,
  loadConfig,
  type Rule,
  type Schema,
} from './config/load.ts';
export { readServiceOptions } from './config/service-options.ts';
export { LOG_LEVELS, serviceVariables } from './config/service-variables.ts';
export { addresses, flag, oneOf, secret, secrets, text, url, type Variable, wholeNumber } from './config/variable.ts';
export { errorResponse, SERVICE_ERRORS, ServiceError, type ServiceErrorCode } from './errors.ts';
export { type Figure, showFigures } from './figures.ts';
export { createLineLimit, type LineLimit, type StartTimer } from './line-limit.ts';
export { describeReason } from './log.ts';
export { type RunOptions, runService, waitFor } from './run.ts';
export { createService, type ServiceOptions } from './service.ts';
