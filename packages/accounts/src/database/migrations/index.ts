// All migrations, in order.

import { createUsers } from './0001-users.ts';
import { createFailedAttempts } from './0002-failed-attempts.ts';
import type { Migration } from './migration.ts';

export const MIGRATIONS: readonly Migration[] = [createUsers, createFailedAttempts];
