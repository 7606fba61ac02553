// Reads on a connection of their own, without a promise: readers of a SQLite file in WAL mode never wait for writers.

import type { DatabaseSync } from 'node:sqlite';
import { createSqliteError } from './failure.ts';
import type { SessionRow } from './record.ts';
import type { UserKey } from './writes.ts';

export interface Reader {
  /** @throws ERR_STORE_UNAVAILABLE */
  find(id: string): SessionRow | undefined;
  /** The user's sessions, oldest first, expired ones included. */
  listUser(key: UserKey): SessionRow[];
  close(): void;
}

export function createReader(db: DatabaseSync): Reader {
  const columns = `id, format, user, profile, details, data, version, created_at, idle_expires_at, absolute_expires_at`;
  const find = db.prepare(`SELECT ${columns} FROM sessions WHERE id = ?`);
  const listUser = db.prepare(`SELECT ${columns} FROM sessions
    WHERE id > :partition AND id < :partition || '{' AND user = :user ORDER BY created_at, key`);
  return {
    find(id) {
      try {
        return find.get(id) as SessionRow | undefined;
      } catch (error) {
        throw createSqliteError(error);
      }
    },
    listUser(key) {
      try {
        return listUser.all({ ...key }) as unknown as SessionRow[];
      } catch (error) {
        throw createSqliteError(error);
      }
    },
    close: () => db.close(),
  };
}
