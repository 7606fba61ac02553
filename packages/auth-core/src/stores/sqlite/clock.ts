// One clock for all processes of the machine, kept in the file: a moment of the wall clock, continued by the machine's
// monotonic clock. Why, and what happens over a restart of the machine: docs/decisions/0015-sqlite-store.md.
//
//   clock = origin + monotonic ms       origin   set once per boot of the machine, by the first process that opens the file
//                                       reached  the latest time that a write had: after a restart the clock begins there
//                                                or at the wall clock, whichever is later

import { readFileSync } from 'node:fs';
import type { DatabaseSync } from 'node:sqlite';
import type { Clock } from '../../contracts/clock.ts';

/** The id of this boot of the machine, where the system has one (Linux: random(4)). */
const BOOT_ID_FILE = '/proc/sys/kernel/random/boot_id';

/** ms of the monotonic clock of the machine: the same moment is the same number in all of its processes. */
export const readMonotonicMs = (): number => Number(process.hrtime.bigint()) / 1e6;

/** `readOrigin`: what the clock of the file showed, in ms since the epoch, at the monotonic moment 0. */
export function createFileClock(readOrigin: () => number): Clock {
  // performance.now() is the monotonic clock, too, and takes a fraction of the time.
  const shift = readMonotonicMs() - performance.now();
  return () => Math.floor(readOrigin() + shift + performance.now());
}

interface ClockRow {
  readonly boot: string;
  readonly origin: number;
  readonly reached: number;
}

/**
 * The origin of this boot; sets it if this is the first opening since the machine started. Call it in a transaction.
 */
export function anchorClock(db: DatabaseSync, bootId = readBootId()): number {
  const row = db.prepare('SELECT boot, origin, reached FROM clock').get() as ClockRow | undefined;
  const monotonic = readMonotonicMs();
  if (row?.boot === bootId && row.origin + monotonic >= row.reached) return row.origin;
  const origin = Math.ceil(Math.max(Date.now(), row?.reached ?? 0) - monotonic);
  db.prepare('REPLACE INTO clock (only, boot, origin, reached) VALUES (1, ?, ?, ?)').run(
    bootId,
    origin,
    row?.reached ?? 0,
  );
  return origin;
}

/**
 * '' where the system has none: then only a monotonic clock that has gone back shows that the machine was restarted.
 */
function readBootId(): string {
  try {
    return readFileSync(BOOT_ID_FILE, 'latin1').trim();
  } catch {
    return '';
  }
}
