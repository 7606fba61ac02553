// The statements, each prepared once per connection. `now` is the store's time in ms.
//
// A statement that waits for the lock of a row looks at the row again when it gets it (READ COMMITTED): at its new id
// if it was rotated meanwhile. So update, touch and rotate name the id, and find nothing after a rotate; destroy and
// the statements for a whole user name the key or the partition, and find the successor. Statements that lock several
// rows do so in the order of their keys, so that two of them never wait for one another.

import { COLUMNS } from './record.ts';

export interface Statement {
  readonly name: string;
  readonly text: string;
}

export type Statements = Readonly<Record<keyof ReturnType<typeof writeStatements>, Statement>>;

/** ms for which destroy of an old id also ends its successor: for a sign-out that ran beside the rotate. */
const MOVED_MS = 60_000;

export function prepareStatements(table: string): Statements {
  const texts = Object.entries(writeStatements(table));
  // pg refuses one name for two texts on a connection, and PostgreSQL cuts a name after 63 characters.
  const named = texts.map(([name, text]) => [name, { name: `${name} ${table}`.slice(0, 63), text }]);
  return Object.fromEntries(named) as Statements;
}

/** `least` ignores a null, and neither of the two is one. */
const ENDS = 'least(idle_expires_at, absolute_expires_at)';

function writeStatements(table: string) {
  const moved = `${table}_moved`;
  /** `$1` to `$3`: the partition; its end (`{` comes after `z`); the user id. Locked in the order of their keys. */
  const lockUser = (condition: string) => `SELECT key FROM ${table}
    WHERE id > $1 AND id < $2 AND user_id = $3 AND ${condition} ORDER BY key FOR UPDATE`;
  /** An expired session with this id is replaced. */
  const insert = `INSERT INTO ${table} AS old (id, user_id, profile, version, created_at, idle_expires_at,
      absolute_expires_at, details, data, sweep_at)
      VALUES ($1, $2, $3, 1, $4, $5, $6, $7, $8, least($5::bigint, $6::bigint))
      ON CONFLICT (id) DO UPDATE SET key = excluded.key, user_id = excluded.user_id, profile = excluded.profile,
      version = 1, created_at = excluded.created_at, idle_expires_at = excluded.idle_expires_at,
      absolute_expires_at = excluded.absolute_expires_at, details = excluded.details, data = excluded.data,
      sweep_at = excluded.sweep_at
      WHERE least(old.idle_expires_at, old.absolute_expires_at) <= $9`;

  return {
    /** $1 id */
    read: `SELECT ${COLUMNS} FROM ${table} WHERE id = $1`,

    /** $1 id, $2 now. Removes the session if it has expired. */
    reap: `DELETE FROM ${table} WHERE id = $1 AND ${ENDS} <= $2`,

    /** $1 id … $8 data, as encodeSession gives them; $9 now. Without a row, the id is taken. */
    create: insert,

    /**
     * The same for a user's session; $10, $11 the partition and its end, $12 how many other sessions may stay. The
     * user's oldest end. Runs in a transaction that has the user's lock. Answers how many sessions it added.
     */
    createForUser: `WITH added AS (${insert} RETURNING 1), ended AS (
        DELETE FROM ${table} WHERE EXISTS (SELECT 1 FROM added) AND key = ANY (ARRAY(
          SELECT key FROM ${table} WHERE key = ANY (ARRAY(
            SELECT key FROM ${table} WHERE id > $10 AND id < $11 AND user_id = $2 AND ${ENDS} > $9 AND id <> $1
            ORDER BY created_at DESC, key DESC OFFSET $12)) ORDER BY key FOR UPDATE)))
      SELECT count(*) FROM added`,

    /** $1 id, $2 version (any number), $3 data, $4 details or null, $5 bytes of both, $6 now, $7 idleExpiresAt */
    update: `UPDATE ${table} SET data = $3, details = coalesce($4, details),
      idle_expires_at = least($7, absolute_expires_at), version = version + 1
      WHERE id = $1 AND version = $2::float8 AND ${ENDS} > $6
      AND octet_length($3) + octet_length(coalesce($4, details)) <= $5`,

    /** $1 to $6 as above. After an update that wrote nothing: whether the version is current, and the texts too large. */
    explainUpdate: `SELECT version = $2::float8,
      octet_length($3::text) + octet_length(coalesce($4::text, details)) > $5
      FROM ${table} WHERE id = $1 AND ${ENDS} > $6`,

    /** $1 id, $2 the details that were read, $3 the new ones, $4 bytes of data and details, $5 now */
    replaceDetails: `UPDATE ${table} SET details = $3
      WHERE id = $1 AND details = $2 AND ${ENDS} > $5 AND octet_length(data) + octet_length($3) <= $4`,

    /** The same values. After a replaceDetails that wrote nothing: as explainUpdate. */
    explainDetails: `SELECT details = $2, octet_length(data) + octet_length($3::text) > $4
      FROM ${table} WHERE id = $1 AND ${ENDS} > $5`,

    /** $1 id, $2 idleExpiresAt, $3 now */
    touch: `UPDATE ${table} SET idle_expires_at = greatest(idle_expires_at, least($2, absolute_expires_at))
      WHERE id = $1 AND ${ENDS} > $3`,

    /** $1 id, $2 the new id, $3 now. A new id that is taken is a unique violation. */
    rotate: `WITH renamed AS (
        UPDATE ${table} SET id = $2, version = version + 1 WHERE id = $1 AND ${ENDS} > $3 RETURNING key)
      INSERT INTO ${moved} (id, key, until) SELECT $1, key, $3 + ${MOVED_MS} FROM renamed
      ON CONFLICT (id) DO UPDATE SET key = excluded.key, until = excluded.until`,

    /** $1 id, $2 now. By the keys that were found when it began, so that a rotate beside it makes no difference. */
    destroy: `DELETE FROM ${table} WHERE key = ANY (ARRAY(
      SELECT key FROM ${table} WHERE id = $1 UNION ALL SELECT key FROM ${moved} WHERE id = $1 AND until > $2))`,

    /** $1–$3 the user */
    list: `SELECT ${COLUMNS} FROM ${table} WHERE id > $1 AND id < $2 AND user_id = $3 ORDER BY created_at, key`,

    /** $1–$3 the user, $4 now */
    reapUser: `DELETE FROM ${table} WHERE key = ANY (ARRAY(${lockUser(`${ENDS} <= $4`)}))`,

    /** $1–$3 the user, $4 the id to keep or '', $5 now. Answers how many live sessions ended. */
    destroyAll: `WITH ended AS (
        DELETE FROM ${table} WHERE key = ANY (ARRAY(${lockUser('id <> $4')})) RETURNING ${ENDS} > $5 AS live)
      SELECT count(*) FILTER (WHERE live) FROM ended`,

    /** $1–$3 the user, $4 profile, $5 now */
    changeSubject: `UPDATE ${table} SET profile = $4 WHERE key = ANY (ARRAY(${lockUser(`${ENDS} > $5`)}))`,

    /**
     * $1 now, $2 how many rows. Rows that another server sweeps are passed over. A session that was touched is looked
     * at again when it ends. Answers how many rows it looked at, and how many it removed.
     */
    sweep: `WITH due AS (SELECT key, ${ENDS} AS ends FROM ${table}
        WHERE sweep_at <= $1 ORDER BY sweep_at LIMIT $2 FOR UPDATE SKIP LOCKED),
      later AS (UPDATE ${table} AS s SET sweep_at = due.ends FROM due WHERE s.key = due.key AND due.ends > $1),
      removed AS (DELETE FROM ${table} AS s USING due WHERE s.key = due.key AND due.ends <= $1 RETURNING 1)
      SELECT (SELECT count(*) FROM due), (SELECT count(*) FROM removed)`,

    /** $1 now, $2 how many rows */
    sweepMoved: `DELETE FROM ${moved} WHERE id = ANY (ARRAY(
      SELECT id FROM ${moved} WHERE until <= $1 ORDER BY until LIMIT $2 FOR UPDATE SKIP LOCKED))`,
  } as const;
}
