// The package's entry: who the users are.
export { type Accounts, type AccountsOptions, type Begin, createAccounts, DEFAULT_ROLES } from './accounts.ts';
export { ATTEMPT_LIMITS, type AttemptLimits } from './attempts/attempts.ts';
export type { PasswordChangeRequest } from './change-password.ts';
export type { Account, HashChange, NewUser, User, UserDirectory } from './contracts/directory.ts';
export { DEMO_PASSWORD, DEMO_USERS, seedDemoUsers } from './demo-users.ts';
export {
  createMemoryDirectory,
  MEMORY_DIRECTORY_DEFAULTS,
  type MemoryDirectoryOptions,
} from './directories/memory.ts';
export { ACCOUNTS_ERRORS, AccountsError, type AccountsErrorCode, type AccountsErrorOptions } from './errors.ts';
export { type OpenAccountsOptions, openAccounts } from './open-accounts.ts';
export { PASSWORD_LENGTH } from './passwords/password-rules.ts';
export {
  createPasswords,
  PASSWORDS_DEFAULTS,
  type Passwords,
  type PasswordsOptions,
  type PasswordsStats,
} from './passwords/passwords.ts';
export { type AccountRoutesOptions, accountRoutes, NO_CONTENT, nameUser, toSchema } from './routes.ts';
export { Credentials, PasswordChange, PublicUser, UserAnswer } from './schemas.ts';
export { normalizeUsername, parseUsername, USERNAME_MAX_LENGTH } from './usernames.ts';
