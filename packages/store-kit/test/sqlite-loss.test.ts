// What is lost when all processes that use a SQLite file are killed: nothing, whatever `synchronous` is.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { runSessionStoreChecks, type SessionStoreHarness, sessionStoreChecks } from '../src/index.ts';
import { endIdleProcess, openStoreProcess } from './harnesses/store-process.ts';

afterAll(endIdleProcess);

const checks = sessionStoreChecks.filter(({ id }) => id === 'loss-is-bounded');

/** Both instances in processes of their own, which `kill` kills. */
function createKilledHarness(synchronous: 'full' | 'normal'): SessionStoreHarness {
  return {
    without: ['keyTtls', 'dump', 'corrupt'],
    deadlineMs: 5_000,
    lossAfterKill: { ms: 0 },
    async open({ clock }) {
      const folder = mkdtempSync(join(tmpdir(), 'statecraft-sqlite-'));
      const options = { path: join(folder, 'sessions.db'), synchronous, sweepEveryMs: 0 };
      const processes = [
        await openStoreProcess({ kind: 'sqlite', options }, clock),
        await openStoreProcess({ kind: 'sqlite', options }, clock),
      ] as const;
      return {
        stores: [processes[0].store, processes[1].store],
        stall: () => undefined,
        kill: async () => void (await Promise.all(processes.map(({ kill }) => kill()))),
        restart: async () => void (await Promise.all(processes.map(({ restart }) => restart()))),
        async close() {
          for (const { close } of processes) await close();
          rmSync(folder, { recursive: true });
        },
      };
    },
  };
}

it.each(['full', 'normal'] as const)(
  'with synchronous %s, a kill of all processes loses nothing that was answered',
  async (synchronous) => {
    const [result] = await runSessionStoreChecks(createKilledHarness(synchronous), checks);
    expect(result).toMatchObject({ outcome: 'passed', error: undefined });
  },
  90_000,
);
