// The clock of a SQLite file: one for all processes of the machine, whatever happens to the wall clock.

import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { promisify } from 'node:util';
import fc from 'fast-check';
import { beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { deriveSessionId, mintSessionToken } from '../src/store.ts';
import { anchorClock, createFileClock, readMonotonicMs } from '../src/stores/sqlite/clock.ts';
import { createTables } from '../src/stores/sqlite/file.ts';
import { createSqliteStore } from '../src/stores/sqlite.ts';

const HOUR = 3_600_000;
const THIS_BOOT = 'this boot';

function openFile(): DatabaseSync {
  const db = new DatabaseSync(':memory:');
  createTables(db);
  onTestFinished(() => db.close());
  return db;
}

/** Steps the wall clock for the rest of the test. */
function stepWallClock(ms: number): void {
  const now = Date.now() + ms;
  vi.spyOn(Date, 'now').mockReturnValue(now);
  onTestFinished(() => void vi.restoreAllMocks());
}

const readClock = (origin: number): number => origin + readMonotonicMs();
const noteReached = (db: DatabaseSync, reached: number) => db.prepare('UPDATE clock SET reached = ?').run(reached);

it('starts at the wall clock in a new file', () => {
  const clock = readClock(anchorClock(openFile(), THIS_BOOT));
  expect(Math.abs(clock - Date.now())).toBeLessThan(1_000);
});

describe.each([-HOUR, HOUR])('after the wall clock was stepped by %i ms', (step) => {
  it('a process that opens the file gets the clock of the others', () => {
    const db = openFile();
    const first = anchorClock(db, THIS_BOOT);
    stepWallClock(step);
    expect(anchorClock(db, THIS_BOOT)).toBe(first);
  });

  it('and the machine was restarted, the clock goes on at the wall clock, and never back', () => {
    const db = openFile();
    anchorClock(db, 'an earlier boot');
    const reached = Date.now() + 1_000;
    noteReached(db, reached);
    stepWallClock(step);
    const clock = readClock(anchorClock(db, THIS_BOOT));
    expect(clock).toBeGreaterThanOrEqual(reached);
    expect(Math.abs(clock - Math.max(reached, Date.now()))).toBeLessThan(1_000);
  });
});

it('notices a restart by the monotonic clock where the system has no id of a boot', () => {
  const db = openFile();
  const origin = anchorClock(db, '');
  // As if the earlier boot had lasted an hour longer than this one has.
  noteReached(db, Math.ceil(readClock(origin)) + HOUR);
  expect(readClock(anchorClock(db, ''))).toBeGreaterThanOrEqual(origin + readMonotonicMs() + HOUR - 1_000);
});

it('never goes back, over any history of boots and steps of the wall clock', () => {
  const steps = fc.array(
    fc.record({ boot: fc.constantFrom('a', 'b', ''), wallMs: fc.integer({ min: -HOUR, max: HOUR }) }),
  );
  fc.assert(
    fc.property(steps, (history) => {
      const db = new DatabaseSync(':memory:');
      createTables(db);
      let reached = 0;
      for (const { boot, wallMs } of history) {
        vi.spyOn(Date, 'now').mockReturnValue(Math.floor(performance.timeOrigin) + wallMs);
        const now = Math.floor(readClock(anchorClock(db, boot)));
        vi.restoreAllMocks();
        expect(now).toBeGreaterThanOrEqual(reached);
        reached = now;
        noteReached(db, reached);
      }
      db.close();
    }),
  );
});

it('follows the monotonic clock', () => {
  const clock = createFileClock(() => 1_000_000);
  const expected = 1_000_000 + readMonotonicMs();
  expect(Math.abs(clock() - expected)).toBeLessThan(1_000);
});

describe('of a store', () => {
  let path: string;
  beforeEach(() => {
    const folder = mkdtempSync(join(tmpdir(), 'statecraft-sqlite-'));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    path = join(folder, 'sessions.db');
  });

  it('is the same in another process', async () => {
    const store = await createSqliteStore({ path });
    onTestFinished(() => store.close());
    const entry = new URL('../src/stores/sqlite.ts', import.meta.url).href;
    const code = `const { createSqliteStore } = await import(${JSON.stringify(entry)});
      const store = await createSqliteStore({ path: ${JSON.stringify(path)} });
      console.log(store.clock());`;
    const before = store.clock();
    const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', code]);
    const after = store.clock();
    expect(Number(stdout)).toBeGreaterThanOrEqual(before);
    expect(Number(stdout)).toBeLessThanOrEqual(after);
  });

  it.each([-HOUR, HOUR])('revives nothing and ends nothing when the wall clock is stepped by %i ms', async (step) => {
    const first = await createSqliteStore({ path });
    const now = first.clock();
    const make = (lifeMs: number) => ({
      id: deriveSessionId(mintSessionToken(undefined)) ?? '',
      subject: undefined,
      data: '{}',
      details: '{}',
      createdAt: now,
      idleExpiresAt: now + lifeMs,
      absoluteExpiresAt: now + lifeMs,
    });
    const [expired, live] = [make(-1), make(HOUR / 2)] as const;
    for (const session of [expired, live]) await first.create(session);
    stepWallClock(step);
    const second = await createSqliteStore({ path });
    for (const store of [first, second]) {
      expect(await store.read(expired.id)).toBeUndefined();
      expect(await store.read(live.id)).toMatchObject({ id: live.id });
    }
    await first.close();
    await second.close();
  });
});
