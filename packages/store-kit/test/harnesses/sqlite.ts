// How the kit opens the SQLite store: one instance in this process and one in another, over the same file.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { createSqliteStore } from '@statecraft/auth-core/sqlite';
import type { SessionStoreHarness, StoreUnderTest, SyncPoint } from '../../src/index.ts';
import { startStoreProcess } from './store-process.ts';

const MAX_SESSIONS_PER_USER = 20;
/** ms: long enough that a busy machine is not taken for a file that is locked. */
const DEADLINE_MS = 2_000;

export const sqliteHarness: SessionStoreHarness = {
  without: ['keyTtls', 'faults'],
  maxSessionsPerUser: MAX_SESSIONS_PER_USER,
  deadlineMs: DEADLINE_MS,

  async open({ clock, syncPoints }) {
    const folder = mkdtempSync(join(tmpdir(), 'statecraft-sqlite-'));
    const path = join(folder, 'sessions.db');
    const options = {
      path,
      maxSessionsPerUser: MAX_SESSIONS_PER_USER,
      deadlineMs: DEADLINE_MS,
      synchronous: 'normal',
      sweepEveryMs: 0,
    } as const;
    const store = await createSqliteStore({ ...options, clock });
    const other = startStoreProcess(options, clock);
    const admin = new DatabaseSync(path, { timeout: DEADLINE_MS });
    return {
      stores: [holdCalls(store, syncPoints[0]), holdCalls(other.store, syncPoints[1])],
      dump: () => Buffer.from(admin.serialize()),
      size: () => Number(admin.prepare('SELECT count(*) AS size FROM sessions').get()?.size),
      corrupt: (id) => void admin.prepare('UPDATE sessions SET profile = substr(profile, 1, 5) WHERE id = ?').run(id),
      abort: (instance) => (instance === 1 ? other.restart() : undefined),
      async close() {
        admin.close();
        await other.stop();
        await store.close();
        rmSync(folder, { recursive: true });
      },
    };
  },
};

/** A write is one message to the thread that writes, and one transaction there; a read is one statement. */
function holdCalls<T extends StoreUnderTest>(store: T, syncPoint: SyncPoint): T {
  const hold =
    (call: (...args: never[]) => unknown) =>
    (...args: never[]) => {
      const turn = syncPoint.reach();
      return turn === undefined ? call(...args) : turn.then(() => call(...args));
    };
  const held = Object.entries(store).map(([name, part]) => [
    name,
    typeof part === 'function' && name !== 'clock' ? hold(part) : part,
  ]);
  return Object.fromEntries(held);
}
