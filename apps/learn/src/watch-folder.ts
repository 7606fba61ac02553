// The changes in a learner's folder, for `learn watch`.

import { watch } from 'node:fs';

/**
 * An editor writes a file in several steps: they count as one change when this time, ms, has passed without another.
 */
const QUIET_MS = 200;

/** Yields after each change in the folder, until the signal aborts. Changes while the caller is busy count as one. */
export async function* watchFolder(folder: string, signal: AbortSignal): AsyncGenerator<void> {
  let wake: (() => void) | undefined;
  let hasChanged = false;
  let timer: NodeJS.Timeout | undefined;
  const watcher = watch(folder, { signal }, () => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      hasChanged = true;
      wake?.();
    }, QUIET_MS);
  });
  watcher.once('close', () => {
    clearTimeout(timer);
    wake?.();
  });
  while (!signal.aborted) {
    if (hasChanged) {
      hasChanged = false;
      yield;
    } else {
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  }
}
