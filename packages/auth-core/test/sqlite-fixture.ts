// What the tests of the SQLite store share: a folder and a store for each test, and sessions.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { NewSession } from '../src/index.ts';
import { deriveSessionId, mintSessionToken } from '../src/store.ts';
import { createSqliteStore, type SqliteStoreOptions } from '../src/stores/sqlite.ts';

const HOUR = 3_600_000;

export function makeFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'statecraft-sqlite-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** A store without timers, closed when the test ends. */
export async function openStore(path: string, options: Partial<SqliteStoreOptions> = {}) {
  const store = await createSqliteStore({ path, synchronous: 'normal', sweepEveryMs: 0, ...options });
  onTestFinished(() => store.close());
  return store;
}

export function makeSession(now: number, more: Partial<NewSession> = {}): NewSession {
  const id = deriveSessionId(mintSessionToken(undefined)) ?? '';
  const times = { createdAt: now, idleExpiresAt: now + HOUR, absoluteExpiresAt: now + 12 * HOUR };
  return { id, subject: undefined, data: '{}', details: '{}', ...times, ...more };
}
