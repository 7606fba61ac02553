// Reads on a connection of their own, without a promise: readers of a SQLite file in WAL mode never wait for writers.

import type { DatabaseSync } from 'node:sqlite';
import { createSqliteError } from './failure.ts';
import type { SessionRow } from './record.ts';
import type { UserKey } from './writes.ts';

const COLUMNS = 'id, format, user, profile, details, data, version, created_at, idle_expires_at, absolute_expires_at';

/** Each method may throw ERR_STORE_UNAVAILABLE. */
export interface Reader {
  find(id: string): SessionRow | undefined;
  /** The user's sessions, oldest first, expired ones included. */
  listUser(key: UserKey): SessionRow[];
  /** Whether there is something to sweep. */
  hasExpired(now: number): boolean;
  close(): void;
}

export function createReader(db: DatabaseSync): Reader {
  const find = db.prepare(`SELECT ${COLUMNS} FROM sessions WHERE id = ?`);
  const listUser = db.prepare(`SELECT ${COLUMNS} FROM sessions
    WHERE id > :partition AND id < :partition || '{' AND user = :user ORDER BY created_at, key`);
  const findExpired = db.prepare(`SELECT 1 WHERE EXISTS (SELECT 1 FROM sessions WHERE ends_at <= :now)
    OR EXISTS (SELECT 1 FROM moved WHERE until <= :now)`);
  return {
    find: (id) => translate(() => find.get(id) as SessionRow | undefined),
    listUser: (key) => translate(() => listUser.all({ ...key }) as unknown as SessionRow[]),
    hasExpired: (now) => translate(() => findExpired.get({ now }) !== undefined),
    close: () => db.close(),
  };
}

function translate<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw createSqliteError(error);
  }
}
