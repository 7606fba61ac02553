// accounts, db:migrate, db:status, db:rollback: apps/accounts-cli on the database and the sessions of this machine's
// servers, unless DATABASE_URL and SESSION_STORE name others.

import { readDatabaseEnv, readSessionEnv } from '@statecraft/infra-dev';

Object.assign(process.env, readDatabaseEnv(process.env), readSessionEnv(process.env));
await import('../apps/accounts-cli/src/main.ts');
