// What was acknowledged, and what is missing from the file afterwards.

import type { SqliteStore } from '@statecraft/auth-core/sqlite';
import type { Step, WriterReport } from './writer.ts';

interface Entry {
  readonly step: Step;
  readonly pid: number;
}

export interface Ledger {
  record(report: WriterReport, pid: number): void;
  /** Writes that were acknowledged. */
  count(): number;
  /**
   * The acknowledged writes that are not in the file. A write of a killed process that was not acknowledged may be
   * there or not.
   */
  findLost(store: SqliteStore, killed: ReadonlySet<number>): Promise<string[]>;
}

export function createLedger(): Ledger {
  const last = new Map<string, Entry>();
  let writes = 0;
  return {
    record(report, pid) {
      if (report.kind !== 'written') return;
      writes++;
      last.set(report.id, { step: report.step, pid });
    },
    count: () => writes,
    async findLost(store, killed) {
      const lost: string[] = [];
      for (const [id, entry] of last) {
        const session = await store.read(id);
        if (isLost(entry, session?.version, killed.has(entry.pid))) lost.push(`${id}: ${entry.step}`);
      }
      return lost;
    },
  };
}

function isLost({ step }: Entry, version: number | undefined, isKilled: boolean): boolean {
  if (step === 'destroyed') return version !== undefined;
  if (step === 'created') return version === undefined;
  // The destroy after it may have happened without an answer.
  return version === undefined ? !isKilled : version < 2;
}
