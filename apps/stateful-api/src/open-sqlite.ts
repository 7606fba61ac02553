// SESSION_STORE=sqlite: a file that all servers of this machine share.

import { statSync } from 'node:fs';
import { createSqliteStore } from '@statecraft/auth-core/sqlite';
import type { Figure } from '@statecraft/service-kit';
import type { StatefulConfig } from './config.ts';

/** @throws AuthError when the file cannot be opened, or is locked for longer than the deadline */
export async function openSqlite(config: StatefulConfig) {
  const { SESSION_SQLITE_PATH: path = '' } = config;
  const store = await createSqliteStore({
    path,
    synchronous: config.SESSION_SQLITE_SYNCHRONOUS,
    maxBytes: config.SESSION_SQLITE_MAX_BYTES,
    deadlineMs: config.SESSION_SQLITE_DEADLINE_MS,
    maxSessionsPerUser: config.SESSION_MAX_PER_USER,
    maxBytesPerUser: config.SESSION_MAX_BYTES_PER_USER,
  });
  return { store, figures: createFileFigures(path), close: async () => store.close() };
}

function createFileFigures(path: string): readonly Figure[] {
  return [
    {
      name: 'session_store_file_bytes',
      help: 'Size of the SQLite file (database), and of the writes that are not yet in it (wal), bytes.',
      type: 'gauge',
      label: 'file',
      read: () => ({ database: readSize(path), wal: readSize(`${path}-wal`) }),
    },
  ];
}

const readSize = (path: string): number => statSync(path, { throwIfNoEntry: false })?.size ?? 0;
