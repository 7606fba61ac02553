// The package's entry: who the users are.
export { type Accounts, type AccountsOptions, type Begin, createAccounts } from './accounts.ts';
export { type AdminRoutesOptions, adminRoutes, nameTarget } from './admin-routes.ts';
export { type Administration, type AdministrationOptions, createAdministration } from './administration.ts';
export { ATTEMPT_LIMITS, type AttemptLimits } from './attempts/attempts.ts';
export type { FailureCounts, Limit } from './attempts/failure-counts.ts';
export { type CountsClient, createRedisCounts, type RedisCountsOptions } from './attempts/redis-counts.ts';
export { createCountsLog } from './attempts/shared-counts.ts';
export type { PasswordChangeRequest } from './change-password.ts';
export type {
  Account,
  HashChange,
  NewHash,
  NewUser,
  User,
  UserDirectory,
  UserPage,
  UserSummary,
} from './contracts/directory.ts';
export type { ManagedSessions, UserSession } from './contracts/managed-sessions.ts';
export { type DatabaseAddress, describeAddress, type PostgresAddress, type SqliteAddress } from './database/address.ts';
export { APP_VERSION } from './database/app-version.ts';
export type { Database, DatabaseOptions } from './database/database.ts';
export {
  type MigrateOptions,
  type MigrationStatus,
  migrate,
  readSchemaStatus,
  requireSchema,
  rollBack,
  type SchemaStatus,
} from './database/migrate.ts';
export { MIGRATIONS } from './database/migrations/index.ts';
export type { Migration } from './database/migrations/migration.ts';
export { DATABASE_DEFAULTS, openDatabase } from './database/open-database.ts';
export { DEMO_PASSWORD, DEMO_USERS, seedDemoUsers } from './demo-users.ts';
export { createSqlDirectory, MAX_PAGE, NAME_REST_MS, type SqlDirectoryOptions } from './directories/sql.ts';
export { ACCOUNTS_ERRORS, AccountsError, type AccountsErrorCode, type AccountsErrorOptions } from './errors.ts';
export { type OpenAccounts, type OpenAccountsOptions, openAccounts } from './open-accounts.ts';
export { PASSWORD_LENGTH } from './passwords/password-rules.ts';
export {
  createPasswords,
  PASSWORDS_DEFAULTS,
  type Passwords,
  type PasswordsOptions,
  type PasswordsStats,
} from './passwords/passwords.ts';
export { ADMIN_ROLE, checkRoles, DEFAULT_ROLES } from './roles.ts';
export { type AccountRoutesOptions, accountRoutes, NO_CONTENT, nameUser, toSchema } from './routes.ts';
export { Credentials, PasswordChange, PublicUser, UserAnswer, UserSessionEntry } from './schemas.ts';
export { normalizeUsername, parseUsername, USERNAME_MAX_LENGTH } from './usernames.ts';
