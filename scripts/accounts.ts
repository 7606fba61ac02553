// db:migrate, db:status, db:rollback: apps/accounts-cli on the database of this machine's servers, unless DATABASE_URL names
// another.

import { readDatabaseEnv } from '@statecraft/infra-dev';

Object.assign(process.env, readDatabaseEnv(process.env));
await import('../apps/accounts-cli/src/main.ts');
