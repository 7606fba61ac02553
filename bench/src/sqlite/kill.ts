// Four processes write into one file, and one of them is killed with -9 again and again. Then every acknowledged write
// is looked up.

import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { createSqliteStore } from '@statecraft/auth-core/sqlite';
import { createLedger } from './ledger.ts';
import { startWriter, type WriterOptions } from './writer.ts';

const PROCESSES = 4;
const KILLS = 20;

export interface KillResult {
  readonly writes: number;
  readonly kills: number;
  readonly lost: readonly string[];
  readonly seconds: number;
}

export async function killWriters(
  folder: string,
  synchronous: WriterOptions['synchronous'],
  writes: number,
): Promise<KillResult> {
  const home = mkdtempSync(join(folder, 'statecraft-kill-'));
  const path = join(home, 'sessions.db');
  const options: WriterOptions = { path, synchronous, concurrency: 16, kind: 'store' };
  const ledger = createLedger();
  const killed = new Set<number>();
  const began = performance.now();
  const writers = Array.from({ length: PROCESSES }, () => startWriter(options, ledger.record));
  for (let kill = 1; kill <= KILLS; kill++) {
    while (ledger.count() < (kill * writes) / KILLS) await delay(1);
    const [victim] = writers.splice(kill % PROCESSES, 1);
    if (victim === undefined) break;
    killed.add(victim.pid);
    await victim.kill();
    writers.push(startWriter(options, ledger.record));
  }
  await Promise.all(writers.map((writer) => writer.stop()));
  const seconds = (performance.now() - began) / 1_000;
  const store = await createSqliteStore({ path });
  const lost = await ledger.findLost(store, killed);
  await store.close();
  rmSync(home, { recursive: true });
  return { writes: ledger.count(), kills: killed.size, lost, seconds };
}
