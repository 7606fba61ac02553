// The control: the same writes on the event loop, where SQLite waits for the lock and for the disk itself.

import { DatabaseSync } from 'node:sqlite';
import type { NewSession, SessionChange } from '@statecraft/auth-core';
import type { WriterOptions } from './writer.ts';

/** ms that SQLite waits for a lock, as most drivers set it. */
const BUSY_MS = 5_000;

export function openOnLoop({ path, synchronous }: WriterOptions) {
  const db = new DatabaseSync(path, { timeout: BUSY_MS });
  db.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = ${synchronous};
    CREATE TABLE IF NOT EXISTS sessions (id TEXT PRIMARY KEY, data TEXT, version INTEGER) STRICT`);
  const insert = db.prepare('INSERT INTO sessions (id, data, version) VALUES (?, ?, 1)');
  const find = db.prepare('SELECT version FROM sessions WHERE id = ?');
  const change = db.prepare('UPDATE sessions SET data = ?, version = version + 1 WHERE id = ? AND version = ?');
  const remove = db.prepare('DELETE FROM sessions WHERE id = ?');
  return {
    clock: () => Date.now(),
    create: async ({ id, data }: NewSession) => retryWhileLocked(() => insert.run(id, data)),
    read: (id: string) => find.get(id) as { version: number } | undefined,
    update: async (id: string, { data, version }: SessionChange) =>
      retryWhileLocked(() => change.run(data, id, version)),
    destroy: async (id: string) => retryWhileLocked(() => remove.run(id)),
    close: async () => db.close(),
  };
}

function retryWhileLocked(write: () => unknown): void {
  for (;;) {
    try {
      write();
      return;
    } catch (error) {
      if (!(error instanceof Error && error.message === 'database is locked')) throw error;
    }
  }
}
