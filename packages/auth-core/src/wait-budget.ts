// One request's waits for the session store share the store's deadline, however many calls the request makes.
//
//   guard: read (and touch) ── then ──> what the handler, the answer and request.sessions ask of the store
//
// Only waits count: a handler may work as long as it likes between two of them. When a wait ends at the deadline, the
// call goes on in the store, so the outcome of a write is unknown, as after any ERR_STORE_UNAVAILABLE.

import type { Awaitable } from './contracts/strategy.ts';
import { AuthError } from './errors.ts';

/** Runs a call of the store within what is left. @throws ERR_STORE_UNAVAILABLE when nothing is left, or too little */
export type RunWithin = <T>(action: () => Awaitable<T>) => Awaitable<T>;

/**
 * The waits of one request, of which each call gets what the earlier ones have left.
 * @param totalMs what one request may wait in all, ms
 * @param waitedMs what it has waited before, ms
 */
export function createWaitBudget(totalMs: number, waitedMs: number): RunWithin {
  let spentMs = waitedMs;
  /** Calls that are waiting now, and since when. Waits at the same time count once. */
  let waiting = 0;
  let since = 0;

  function begin(): void {
    if (waiting === 0) since = performance.now();
    waiting += 1;
  }

  function end(): void {
    waiting -= 1;
    if (waiting === 0) spentMs += performance.now() - since;
  }

  function measureLeft(): number {
    return totalMs - spentMs - (waiting === 0 ? 0 : performance.now() - since);
  }

  return (action) => {
    const leftMs = measureLeft();
    if (leftMs <= 0) throw createError(totalMs);
    const result = action();
    if (!(result instanceof Promise)) return result;
    begin();
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(createError(totalMs)), leftMs);
      const finish = () => {
        clearTimeout(timer);
        end();
      };
      result.finally(finish).then(resolve, reject);
    });
  };
}

function createError(totalMs: number): AuthError {
  const text = `The session store did not answer within the ${totalMs} ms that a request may wait. Try again shortly.`;
  return new AuthError('ERR_STORE_UNAVAILABLE', text);
}
