// The entry "@statecraft/auth-core/postgres": the PostgreSQL store, its table, and the options of its pool.

export {
  POSTGRES_POOL_DEFAULTS,
  type PostgresPool,
  type PostgresPoolDeadline,
  postgresPoolOptions,
} from './postgres/pool.ts';
export {
  createSessionTable,
  dropSessionTable,
  listSessionTableStatements,
  SESSION_TABLE_DEFAULTS,
  SESSION_TABLE_VERSION,
  type SessionTableOptions,
} from './postgres/schema.ts';
export {
  createPostgresStore,
  POSTGRES_STORE_DEFAULTS,
  type PostgresStore,
  type PostgresStoreOptions,
} from './postgres/store.ts';
