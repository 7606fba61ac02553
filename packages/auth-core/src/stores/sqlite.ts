// The entry "@statecraft/auth-core/sqlite": a file as a session store, for all processes of one machine. Needs Node 24.

export {
  createSqliteStore,
  SQLITE_STORE_DEFAULTS,
  type SqliteStore,
  type SqliteStoreOptions,
} from './sqlite/store.ts';
