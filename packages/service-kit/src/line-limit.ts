// Limits log lines of one kind to one per second. The next line says how many were left out.

const WINDOW_MS = 1_000;

/**
 * Writes the first line of a key immediately. When a second has passed, it writes the last of the others, with their
 * number.
 * @param write gets how many lines were left out before this one
 */
export type LineLimit = (key: string, write: (leftOut: number) => void) => void;

/** Calls `end` after `ms`. */
export type StartTimer = (end: () => void, ms: number) => void;

interface Window {
  waiting: number;
  write: (leftOut: number) => void;
}

/** @param startTimer for tests. The default does not keep the process running. */
export function createLineLimit(startTimer: StartTimer = startBackgroundTimer): LineLimit {
  const windows = new Map<string, Window>();
  const openWindow = (key: string, write: Window['write']) => {
    const window = { waiting: 0, write };
    windows.set(key, window);
    startTimer(() => {
      windows.delete(key);
      if (window.waiting === 0) return;
      window.write(window.waiting - 1);
      openWindow(key, window.write);
    }, WINDOW_MS);
  };
  return (key, write) => {
    const window = windows.get(key);
    if (window === undefined) {
      write(0);
      openWindow(key, write);
      return;
    }
    window.waiting += 1;
    window.write = write;
  };
}

function startBackgroundTimer(end: () => void, ms: number): void {
  setTimeout(end, ms).unref();
}
