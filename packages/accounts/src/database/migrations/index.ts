// All migrations, in order.

import { createUsers } from './0001-users.ts';
import type { Migration } from './migration.ts';

export const MIGRATIONS: readonly Migration[] = [createUsers];
