// Frees the space of expired sessions. All servers sweep, each in its own time; none waits for another one.

import type { Closing, Sweeping } from '../../contracts/store.ts';
import type { Operations } from './operations.ts';
import type { StatementOptions } from './query.ts';

export interface SweeperOptions extends StatementOptions {
  /** ms between two sweeps; 0 for none. */
  readonly sweepEveryMs: number;
  /** Rows that one statement looks at. */
  readonly batchSize: number;
}

export function createSweeper(options: SweeperOptions, operations: Pick<Operations, 'close'>): Sweeping & Closing {
  const { statements, query, perform, clock, sweepEveryMs, batchSize } = options;
  let isClosed = false;
  let timer: NodeJS.Timeout | undefined;

  /** @returns how many rows it looked at, and how many sessions it removed */
  async function sweepBatch(): Promise<[looked: number, removed: number]> {
    const { rows } = await perform(() => query<[string, string]>(statements.sweep, [clock(), batchSize]));
    const [looked, removed] = rows[0] ?? [];
    return [Number(looked), Number(removed)];
  }

  async function sweepMoved(): Promise<void> {
    const isFull = async () =>
      (await perform(() => query(statements.sweepMoved, [clock(), batchSize]))).rowCount === batchSize;
    while (!isClosed && (await isFull()));
  }

  async function sweep(): Promise<number> {
    await sweepMoved();
    let removed = 0;
    for (let looked = batchSize; looked === batchSize && !isClosed; ) {
      const batch = await sweepBatch();
      looked = batch[0];
      removed += batch[1];
    }
    return removed;
  }

  async function sweepByTimer(): Promise<void> {
    // The next sweep tries again.
    await sweep().catch(() => undefined);
    if (!isClosed) startTimer();
  }

  /** At a random moment, so that servers that started together do not sweep together. */
  function startTimer(): void {
    const ms = sweepEveryMs * (0.75 + Math.random() / 2);
    timer = setTimeout(() => void sweepByTimer(), ms);
    timer.unref();
  }

  if (sweepEveryMs > 0) startTimer();

  return {
    sweep,
    close() {
      isClosed = true;
      clearTimeout(timer);
      operations.close();
    },
  };
}
