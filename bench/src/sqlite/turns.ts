// Four processes write into one file; the turns of one event loop are measured. Beside it two controls: the same
// program with a store in memory (what the machine and the garbage collector add), and the same writes on the event
// loop, with SQLite's own waiting for the lock.

import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Turns } from './turn-meter.ts';
import { startWriter, type WriterOptions, type WriterReport } from './writer.ts';

const PROCESSES = 4;

export interface TurnsResult {
  readonly turns: Turns;
  readonly writes: number;
}

export async function measureTurns(
  folder: string,
  synchronous: WriterOptions['synchronous'],
  seconds: number,
  kind: WriterOptions['kind'],
): Promise<TurnsResult> {
  const home = mkdtempSync(join(folder, 'statecraft-turns-'));
  const options = { path: join(home, 'sessions.db'), synchronous, concurrency: 8, kind };
  const writing = new Set<number>();
  let writes = 0;
  let turns: Turns | undefined;
  const onReport = (report: WriterReport, pid: number) => {
    if (report.kind === 'turns') turns = report.turns;
    else writes++;
    writing.add(pid);
  };
  const writers = Array.from({ length: PROCESSES }, () => startWriter(options, onReport));
  // The start of a process is not measured.
  while (writing.size < PROCESSES) await delay(10);
  writes = 0;
  writers[0]?.meter();
  await delay(seconds * 1_000);
  const counted = writes;
  await Promise.all(writers.map((writer) => writer.stop()));
  rmSync(home, { recursive: true });
  if (turns === undefined) throw new Error('The process that was measured reported nothing.');
  return { turns, writes: counted };
}
