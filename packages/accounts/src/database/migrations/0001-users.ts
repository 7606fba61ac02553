// The users.

import { sql } from 'kysely';
import type { Migration } from './migration.ts';

export const createUsers: Migration = {
  name: '0001-users',
  lowestVersion: '0.1.0',
  required: true,

  async up(db, kind) {
    const time = kind === 'postgres' ? 'timestamptz' : 'text';
    // Bytes decide the order of names, on both databases.
    const key = kind === 'postgres' ? sql`text collate "C"` : 'text';
    await db.schema
      .createTable('users')
      .addColumn('id', 'text', (column) => column.primaryKey())
      .addColumn('username', 'text', (column) => column.notNull())
      .addColumn('username_key', key, (column) => column.notNull().unique())
      .addColumn('password_hash', 'text', (column) => column.notNull())
      .addColumn('roles', 'text', (column) => column.notNull())
      .addColumn('status', 'text', (column) => column.notNull())
      .addColumn('created_at', time, (column) => column.notNull())
      .addColumn('password_changed_at', time, (column) => column.notNull())
      .addColumn('deleted_at', time)
      .addCheckConstraint('users_status', sql`status in ('active', 'disabled', 'deleted')`)
      .execute();
    await db.schema
      .createIndex('users_deleted_at')
      .on('users')
      .column('deleted_at')
      .where('deleted_at', 'is not', null)
      .execute();
  },

  down: (db) => db.schema.dropTable('users').execute(),

  async countLoss(db) {
    const { count } = await db
      .selectFrom('users')
      .select(({ fn }) => fn.countAll().as('count'))
      .executeTakeFirstOrThrow();
    return Number(count) > 0 ? `${count} users` : undefined;
  },
};
