// Starts and ends the processes that write.

import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { SqliteStoreOptions } from '@statecraft/auth-core/sqlite';
import { spawnBound } from '@statecraft/infra-dev';
import type { Turns } from './turn-meter.ts';

export interface WriterOptions {
  readonly path: string;
  readonly synchronous: NonNullable<SqliteStoreOptions['synchronous']>;
  /** Sessions that it writes at the same time. */
  readonly concurrency: number;
  /** The store, or a control: one in memory, or the same writes on the event loop. */
  readonly kind: 'store' | 'memory' | 'on-loop';
}

export type Step = 'created' | 'updated' | 'destroyed';

export type WriterReport =
  | { readonly kind: 'written'; readonly id: string; readonly step: Step }
  | { readonly kind: 'turns'; readonly turns: Turns };

export type WriterOrder = 'meter' | 'stop';

export interface Writer {
  readonly pid: number;
  /** kill -9, now. Resolves when it has ended and all that it reported has arrived. */
  kill(): Promise<void>;
  /** From now on it measures the turns of its event loop, and reports them when it stops. */
  meter(): void;
  /** Lets it finish what it has begun. */
  stop(): Promise<void>;
}

const PROGRAM = fileURLToPath(new URL('writer-process.ts', import.meta.url));

export function startWriter(options: WriterOptions, onReport: (report: WriterReport, pid: number) => void): Writer {
  const child: ChildProcess = spawnBound(
    process.execPath,
    ['--conditions=@statecraft/source', PROGRAM, JSON.stringify(options)],
    { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] },
  );
  const pid = child.pid ?? 0;
  child.on('message', (report: WriterReport) => onReport(report, pid));
  const ended = Promise.all([once(child, 'exit'), once(child, 'disconnect')]);
  return {
    pid,
    async kill() {
      child.kill('SIGKILL');
      await ended;
    },
    meter: () => void child.send('meter' satisfies WriterOrder),
    async stop() {
      child.send('stop' satisfies WriterOrder);
      await ended;
    },
  };
}
