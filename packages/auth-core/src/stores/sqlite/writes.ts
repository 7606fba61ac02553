// The conditional writes, as prepared statements. Each runs in a transaction that another part begins and commits.
// `now` is the store's time in ms. A user's sessions are the ids from `partition` on (their first 16 characters).

import type { DatabaseSync } from 'node:sqlite';
import type {
  DetailsChange,
  DetailsOutcome,
  RotateOutcome,
  TouchOutcome,
  UpdateOutcome,
} from '../../contracts/store.ts';
import { PARTITION_LENGTH } from '../../session-token.ts';
import { FORMAT, type SessionRow } from './record.ts';

/** ms for which destroy of an old id also ends its successor: for a sign-out that ran beside the rotate. */
const MOVED_MS = 60_000;
/** Sessions that one sweep removes at most: it holds the lock, and other processes wait for it. */
export const SWEEP_SIZE = 200;

/** A user as statements name it. */
export interface UserKey {
  readonly partition: string;
  /** JSON text. */
  readonly user: string;
}

interface Change {
  readonly id: string;
  readonly version: number;
  readonly data: string;
  /** Null: stays as it is. */
  readonly details: string | null;
  readonly idleExpiresAt: number;
  /** Bytes that data and details may take together. */
  readonly maxBytes: number;
}

interface Replacement extends DetailsChange {
  readonly id: string;
  /** Bytes that data and details may take together. */
  readonly maxBytes: number;
}

export interface Writes {
  create(now: number, row: SessionRow, maxSessionsPerUser: number): 'created' | 'exists';
  update(now: number, change: Change): UpdateOutcome | 'too-large';
  touch(now: number, id: string, idleExpiresAt: number): TouchOutcome;
  rotate(now: number, id: string, newId: string): RotateOutcome | 'exists';
  destroy(now: number, id: string): void;
  /** Answers how many live sessions ended. Removes those that cannot be read, too. */
  destroyAll(now: number, key: UserKey, except: string): number;
  /** Answers how many live sessions have the new profile. */
  changeSubject(now: number, key: UserKey, profile: string): number;
  replaceDetails(now: number, replacement: Replacement): DetailsOutcome | 'too-large';
  /** Removes the session if it has expired, so that no clock that is set back revives it. */
  expire(now: number, id: string): void;
  /** The same for all sessions of a user. */
  expireUser(now: number, key: UserKey): void;
  /** Removes up to SWEEP_SIZE expired sessions, and old ids whose minute is over. Answers how many sessions. */
  sweep(now: number): number;
}

/** `{` is the character after `z`, the last one of an id. */
const OF_USER = "id > :partition AND id < :partition || '{' AND user = :user";
const LIVE = `format = ${FORMAT} AND ends_at > :now`;

export function prepareWrites(db: DatabaseSync): Writes {
  const insert = db.prepare(`INSERT INTO sessions
    (id, format, version, created_at, idle_expires_at, absolute_expires_at, user, profile, details, data)
    VALUES (:id, :format, :version, :created_at, :idle_expires_at, :absolute_expires_at, :user, :profile, :details, :data)
    ON CONFLICT (id) DO NOTHING`);
  const removeOldest = db.prepare(`DELETE FROM sessions WHERE key IN (
    SELECT key FROM sessions WHERE ${OF_USER} AND ${LIVE} AND id <> :id
    ORDER BY created_at DESC, key DESC LIMIT -1 OFFSET :others)`);
  const change = db.prepare(`UPDATE sessions SET data = :data, details = coalesce(:details, details),
    idle_expires_at = min(:idleExpiresAt, absolute_expires_at), version = version + 1
    WHERE id = :id AND version = :version AND ${LIVE}
    AND octet_length(:data) + octet_length(coalesce(:details, details)) <= :maxBytes`);
  const extend = db.prepare(`UPDATE sessions
    SET idle_expires_at = max(idle_expires_at, min(:idleExpiresAt, absolute_expires_at)) WHERE id = :id AND ${LIVE}`);
  const move = db.prepare(`UPDATE sessions SET id = :newId, version = version + 1
    WHERE id = :id AND ${LIVE} AND NOT EXISTS (SELECT 1 FROM sessions WHERE id = :newId) RETURNING key`);
  const addMoved = db.prepare('REPLACE INTO moved (id, key, until) VALUES (:id, :key, :until)');
  const removeMoved = db.prepare('DELETE FROM moved WHERE id = :id');
  const remove = db.prepare('DELETE FROM sessions WHERE id = :id');
  const removeSuccessor = db.prepare(
    'DELETE FROM sessions WHERE key = (SELECT key FROM moved WHERE id = :id AND until > :now)',
  );
  const countUser = db.prepare(`SELECT count(*) AS live FROM sessions WHERE ${OF_USER} AND ${LIVE} AND id <> :except`);
  const removeUser = db.prepare(`DELETE FROM sessions
    WHERE id > :partition AND id < :partition || '{' AND (user = :user OR format <> ${FORMAT}) AND id <> :except`);
  const changeUser = db.prepare(`UPDATE sessions SET profile = :profile WHERE ${OF_USER} AND ${LIVE}`);
  const replace = db.prepare(`UPDATE sessions SET details = :to WHERE id = :id AND details = :from AND ${LIVE}
    AND octet_length(data) + octet_length(:to) <= :maxBytes`);
  const find = db.prepare(`SELECT version, details FROM sessions WHERE id = :id AND format = ${FORMAT}`);
  const expire = db.prepare('DELETE FROM sessions WHERE id = :id AND ends_at <= :now');
  const expireUser = db.prepare(`DELETE FROM sessions WHERE ${OF_USER} AND ends_at <= :now`);
  const sweepSessions = db.prepare(`DELETE FROM sessions WHERE key IN (
    SELECT key FROM sessions WHERE ends_at <= :now ORDER BY ends_at LIMIT ${SWEEP_SIZE})`);
  const sweepMoved = db.prepare(`DELETE FROM moved WHERE id IN (
    SELECT id FROM moved WHERE until <= :now ORDER BY until LIMIT ${SWEEP_SIZE})`);

  /** After a write that did not happen: version and details of the live session, if there is one. */
  function findLive(now: number, id: string) {
    expire.run({ id, now });
    return find.get({ id });
  }

  return {
    create(now, row, maxSessionsPerUser) {
      const { id, user } = row;
      expire.run({ id, now });
      if (insert.run({ ...row }).changes === 0) return 'exists';
      removeMoved.run({ id });
      if (user === null) return 'created';
      const key = { partition: readPartition(id), user };
      expireUser.run({ ...key, now });
      removeOldest.run({ ...key, now, id, others: maxSessionsPerUser - 1 });
      return 'created';
    },

    update(now, values) {
      if (change.run({ ...values, now }).changes > 0) return 'updated';
      const live = findLive(now, values.id);
      if (live === undefined) return 'gone';
      return live.version === values.version ? 'too-large' : 'conflict';
    },

    touch(now, id, idleExpiresAt) {
      if (extend.run({ id, idleExpiresAt, now }).changes > 0) return 'touched';
      expire.run({ id, now });
      return 'gone';
    },

    rotate(now, id, newId) {
      expire.run({ id: newId, now });
      const moved = move.get({ id, newId, now });
      if (moved === undefined) return findLive(now, id) === undefined ? 'gone' : 'exists';
      removeMoved.run({ id: newId });
      addMoved.run({ id, key: moved.key ?? null, until: now + MOVED_MS });
      return 'rotated';
    },

    destroy(now, id) {
      remove.run({ id });
      removeSuccessor.run({ id, now });
    },

    destroyAll(now, key, except) {
      const ended = Number(countUser.get({ ...key, now, except })?.live);
      removeUser.run({ ...key, except });
      return ended;
    },

    changeSubject(now, key, profile) {
      expireUser.run({ ...key, now });
      return Number(changeUser.run({ ...key, now, profile }).changes);
    },

    replaceDetails(now, values) {
      if (replace.run({ ...values, now }).changes > 0) return 'replaced';
      const live = findLive(now, values.id);
      if (live === undefined) return 'gone';
      return live.details === values.from ? 'too-large' : 'conflict';
    },

    expire: (now, id) => void expire.run({ id, now }),
    expireUser: (now, key) => void expireUser.run({ ...key, now }),

    sweep(now) {
      sweepMoved.run({ now });
      return Number(sweepSessions.run({ now }).changes);
    },
  };
}

const readPartition = (id: string): string => id.slice(0, PARTITION_LENGTH);
