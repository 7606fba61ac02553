// How the kit opens the SQLite store: one instance in this process and one in another, over the same file.

import { mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as delay } from 'node:timers/promises';
import { createSqliteStore } from '@statecraft/auth-core/sqlite';
import { catchCode } from '../../src/errors.ts';
import type { SessionStoreHarness, StoreUnderTest, SyncPoint } from '../../src/index.ts';
import { openStoreProcess } from './store-process.ts';

const LIMITS = { maxSessionsPerUser: 20, maxBytesPerUser: 20 * 160 * 1024 } as const;
/** ms: long enough that a busy machine is not taken for a file that is locked. */
const DEADLINE_MS = 2_000;
/** One abort in so many kills the other process: a new one takes long to start. */
const ABORTS_BEFORE_KILL = 10;
/** ms between two looks at the file: `kill` waits until the store has noticed. */
const HEARTBEAT_MS = 20;

export const sqliteHarness: SessionStoreHarness = {
  without: ['keyTtls'],
  ...LIMITS,
  deadlineMs: DEADLINE_MS,

  async open({ clock, syncPoints }) {
    const home = mkdtempSync(join(tmpdir(), 'statecraft-sqlite-'));
    const folder = join(home, 'volume');
    mkdirSync(folder);
    const path = join(folder, 'sessions.db');
    const options = {
      path,
      ...LIMITS,
      deadlineMs: DEADLINE_MS,
      synchronous: 'normal',
      sweepEveryMs: 0,
      heartbeatMs: HEARTBEAT_MS,
    } as const;
    const store = await createSqliteStore({ ...options, clock });
    const other = await openStoreProcess({ kind: 'sqlite', options }, clock);
    let aborts = 0;
    const admin = new DatabaseSync(path, { timeout: DEADLINE_MS });
    return {
      stores: [holdCalls(store, syncPoints[0]), holdCalls(other.store, syncPoints[1])],
      dump: () => Buffer.from(admin.serialize()),
      size: () => Number(admin.prepare('SELECT count(*) AS size FROM sessions').get()?.size),
      corrupt: (id) => void admin.prepare('UPDATE sessions SET profile = substr(profile, 1, 5) WHERE id = ?').run(id),
      /** Another program holds the lock of the file for longer than the deadline. */
      async stall() {
        admin.exec('BEGIN IMMEDIATE');
        setTimeout(() => admin.isOpen && admin.exec('COMMIT'), 1.2 * DEADLINE_MS);
      },
      /** The file's volume is gone, and with it a process: its last writes are in the WAL only. */
      async kill() {
        renameSync(folder, join(home, 'gone'));
        await other.kill();
        while ((await catchCode(() => store.list('ada'))) === undefined) await delay(HEARTBEAT_MS);
      },
      async restart() {
        renameSync(join(home, 'gone'), folder);
        await other.restart();
      },
      abort(instance) {
        // Calls that come before the new process is ready wait for it.
        if (instance === 1 && aborts++ % ABORTS_BEFORE_KILL === 0) other.restart().catch(() => undefined);
      },
      async close() {
        admin.close();
        await other.close();
        await store.close();
        rmSync(home, { recursive: true });
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
