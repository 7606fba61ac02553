// The tables, as queries see them. migrations/ makes them.

import type { ColumnType } from 'kysely';

/** Written as ISO 8601 text in UTC. SQLite returns that text, PostgreSQL a Date. */
type Time = ColumnType<Date | string, string, string>;

type UserStatus = 'active' | 'disabled' | 'deleted';

export interface UsersTable {
  id: string;
  /** As the user typed it; empty for a deleted user. */
  username: string;
  /** `normalizeUsername` of it: what makes two names one. Unique. */
  username_key: string;
  /** Empty for a deleted user. */
  password_hash: string;
  /** A JSON array. */
  roles: string;
  status: UserStatus;
  created_at: Time;
  password_changed_at: Time;
  deleted_at: ColumnType<Date | string | null, string | null | undefined, string | null>;
}

interface FailedAttemptsTable {
  key: string;
  /** ms since the epoch, with a fraction. */
  empty_at: number;
}

interface MigrationsTable {
  name: string;
  /** Earlier versions of the apps must not use the schema after this migration. */
  lowest_version: string;
  applied_at: Time;
}

export interface Tables {
  users: UsersTable;
  failed_attempts: FailedAttemptsTable;
  statecraft_migrations: MigrationsTable;
}
