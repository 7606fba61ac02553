// Failed attempts at passwords, which all servers count together.

import type { Migration } from './migration.ts';

export const createFailedAttempts: Migration = {
  name: '0002-failed-attempts',
  lowestVersion: '0.1.0',
  required: true,

  async up(db, kind) {
    const time = kind === 'postgres' ? 'double precision' : 'real';
    await db.schema
      .createTable('failed_attempts')
      .addColumn('key', 'text', (column) => column.primaryKey())
      .addColumn('empty_at', time, (column) => column.notNull())
      .execute();
    await db.schema.createIndex('failed_attempts_empty_at').on('failed_attempts').column('empty_at').execute();
  },

  down: (db) => db.schema.dropTable('failed_attempts').execute(),

  countLoss: async () => undefined,
};
