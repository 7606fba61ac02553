// The user directory in SQL: one implementation for SQLite and PostgreSQL. Every change is one statement, so it happens
// as a whole or not at all, whatever other servers do at the same time.
//
//   create ── insert … on conflict do nothing ──> a row: created · no row: the name is taken
//
// A deleted user's row keeps the compared form of the name for NAME_REST_MS and nothing else, so that no other person
// can sign up under the name while mails, links and tokens still carry it.

import { randomBytes } from 'node:crypto';
import { type Insertable, type Selectable, sql } from 'kysely';
import type { Account, NewUser, User, UserDirectory, UserSummary } from '../contracts/directory.ts';
import type { Database } from '../database/database.ts';
import type { UsersTable } from '../database/schema.ts';
import { AccountsError } from '../errors.ts';
import { ADMIN_ROLE } from '../roles.ts';
import { normalizeUsername } from '../usernames.ts';

/** How long the name of a deleted user is not free, ms: 30 days. */
export const NAME_REST_MS = 30 * 24 * 3_600_000;

export const MAX_PAGE = 1_000;

export interface SqlDirectoryOptions {
  /** ms since the epoch. Default `Date.now`. */
  readonly now?: () => number;
}

export function createSqlDirectory(database: Database, { now = Date.now }: SqlDirectoryOptions = {}): UserDirectory {
  const { db, run } = database;
  const formatNow = (agoMs = 0) => new Date(now() - agoMs).toISOString();

  const selectUsers = () => db.selectFrom('users').selectAll().where('status', '<>', 'deleted');
  const updateUser = (id: string) => db.updateTable('users').where('id', '=', id).where('status', '<>', 'deleted');

  /** Names of users who were deleted long ago are free, and their rows go. */
  const removeTombstones = () =>
    run(() => db.deleteFrom('users').where('deleted_at', '<=', formatNow(NAME_REST_MS)).executeTakeFirst());

  async function find(column: 'id' | 'username_key', value: string): Promise<Account | undefined> {
    if (!canBeStored(value)) return undefined;
    const row = await run(() => selectUsers().where(column, '=', value).executeTakeFirst());
    return row && readAccount(row);
  }

  async function insert(row: Insertable<UsersTable>): Promise<boolean> {
    const outcome = await run(() =>
      db
        .insertInto('users')
        .values(row)
        .onConflict((conflict) => conflict.doNothing())
        .executeTakeFirst(),
    );
    return outcome.numInsertedOrUpdatedRows === 1n;
  }

  async function update(id: string, change: Partial<UpdatableRow>): Promise<boolean> {
    if (!canBeStored(id)) return false;
    const outcome = await run(() => updateUser(id).set(change).executeTakeFirst());
    return outcome.numUpdatedRows === 1n;
  }

  /**
   * In PostgreSQL they are locked until the statement ends, in one order: of two who remove one another, one stays, and
   * neither waits for the other for ever.
   */
  function selectAdministrators() {
    const administrators = selectUsers().where(IS_ADMINISTRATOR).orderBy('id');
    return database.kind === 'postgres' ? administrators.forUpdate() : administrators;
  }

  /** A change after which the user is no active administrator. @returns why nothing was changed */
  async function updateUnlessLast(id: string, change: Partial<UpdatableRow>) {
    if (!canBeStored(id)) return 'gone';
    const { numUpdatedRows } = await run(() =>
      db
        .with('administrators', selectAdministrators)
        .updateTable('users')
        .set(change)
        .where('id', '=', id)
        .where('status', '<>', 'deleted')
        .where(({ or, eb, not, selectFrom }) => {
          const others = selectFrom('administrators').where('administrators.id', '<>', id);
          const count = others.select(({ fn }) => fn.countAll<number>().as('count'));
          // The user's own row as it is when it is changed: it may have become an administrator since the statement
          // began.
          return or([eb(count, '>', 0), not(IS_ADMINISTRATOR)]);
        })
        .executeTakeFirst(),
    );
    if (numUpdatedRows === 1n) return undefined;
    return (await find('id', id)) === undefined ? 'gone' : 'last-administrator';
  }

  return {
    async create(newUser) {
      const row = createRow(newUser, formatNow());
      if (await insert(row)) return readUser(row);
      const { numDeletedRows } = await removeTombstones();
      return numDeletedRows > 0n && (await insert(row)) ? readUser(row) : 'taken';
    },

    findByUsername: (username) => find('username_key', normalizeUsername(username)),

    findById: (id) => find('id', id),

    async setPasswordHash(id, { from, to, rehash = false }) {
      if (!canBeStored(id)) return 'gone';
      const change = { password_hash: to, ...(!rehash && { password_changed_at: formatNow() }) };
      const { numUpdatedRows } = await run(() =>
        updateUser(id).where('password_hash', '=', from).set(change).executeTakeFirst(),
      );
      if (numUpdatedRows === 1n) return 'changed';
      return (await find('id', id)) === undefined ? 'gone' : 'conflict';
    },

    disable: async (id) => (await updateUnlessLast(id, { status: 'disabled' })) ?? 'disabled',

    enable: async (id) => ((await update(id, { status: 'active' })) ? 'enabled' : 'gone'),

    async setRoles(id, roles) {
      const change = { roles: JSON.stringify(roles) };
      if (roles.includes(ADMIN_ROLE)) return (await update(id, change)) ? 'changed' : 'gone';
      return (await updateUnlessLast(id, change)) ?? 'changed';
    },

    async remove(id) {
      await removeTombstones();
      const emptied = { username: '', password_hash: '', roles: '[]' };
      const change = { ...emptied, status: 'deleted', deleted_at: formatNow() } as const;
      return (await updateUnlessLast(id, change)) ?? 'removed';
    },

    async list({ after = '', limit }) {
      if (!Number.isSafeInteger(limit) || limit < 1 || limit > MAX_PAGE)
        throw new AccountsError('ERR_ACCOUNTS_OPTION_INVALID', {
          detail: `limit must be a whole number, 1 to ${MAX_PAGE}.`,
        });
      if (!canBeStored(after)) return { users: [] };
      const key = normalizeUsername(after);
      const rows = await run(() =>
        selectUsers()
          .where('username_key', '>', key)
          .orderBy('username_key')
          .limit(limit + 1)
          .execute(),
      );
      const users = rows.slice(0, limit).map(summarize);
      const last = users.at(-1);
      return rows.length > limit && last !== undefined ? { users, next: last.user.username } : { users };
    },

    async findHashUnlike(prefixes) {
      const isUnlike = (prefix: string) => sql<boolean>`substr(password_hash, 1, ${prefix.length}) <> ${prefix}`;
      const query = prefixes.reduce((users, prefix) => users.where(isUnlike(prefix)), selectUsers());
      const row = await run(() => query.limit(1).executeTakeFirst());
      return row?.password_hash;
    },

    check: () => run(() => db.selectFrom('users').select('id').limit(1).execute()),
  };
}

type UpdatableRow = Pick<Insertable<UsersTable>, 'username' | 'password_hash' | 'roles' | 'status' | 'deleted_at'>;

/** Not `like`, to which `Admin` is the same role in SQLite. */
const IS_ADMINISTRATOR = sql<boolean>`(status = 'active' and replace(roles, ${JSON.stringify(ADMIN_ROLE)}, '') <> roles)`;

/** PostgreSQL has no NUL in a text, and neither database stores a lone surrogate as it is. No name or id has them. */
const UNSTORABLE = /\p{Cs}|\0/u;

function canBeStored(text: string): boolean {
  return !UNSTORABLE.test(text);
}

function createRow({ id, username, passwordHash, roles }: NewUser, now: string) {
  return {
    id: id ?? randomBytes(16).toString('base64url'),
    username,
    username_key: normalizeUsername(username),
    password_hash: passwordHash,
    roles: JSON.stringify(roles),
    status: 'active',
    created_at: now,
    password_changed_at: now,
  } as const;
}

function readUser({ id, username, roles }: Pick<UsersTable, 'id' | 'username' | 'roles'>): User {
  return Object.freeze({ id, username, roles: Object.freeze(JSON.parse(roles) as string[]) });
}

function summarize(row: Selectable<UsersTable>): UserSummary {
  return Object.freeze({
    user: readUser(row),
    status: row.status === 'active' ? 'active' : 'disabled',
    createdAt: new Date(row.created_at).getTime(),
    passwordChangedAt: new Date(row.password_changed_at).getTime(),
  });
}

function readAccount(row: Selectable<UsersTable>): Account {
  return Object.freeze({ ...summarize(row), passwordHash: row.password_hash });
}
