// The deadlines of all operations of a store: one timer for all that wait, because a timer for each costs more than the
// rest of a read. After the deadline the caller gets an error; a command that was sent stays with the client until
// the server answers or the connection ends, so the outcome of a write is then unknown.

import type { Awaitable } from '../../contracts/strategy.ts';

interface Waiting {
  /** Unset when the answer has come: the deadline is then without effect. */
  expire: (() => void) | undefined;
}

export interface Deadlines {
  /** Calls `expire` after the deadline, unless it is unset by then. */
  add(expire: () => void): Waiting;
  /**
   * What `next` makes of the outcome of `work`, unless both together take longer than the deadline.
   * @throws ERR_STORE_UNAVAILABLE, ERR_STORE_FULL
   */
  bound<T, U>(work: Promise<T>, next: (outcome: T) => Awaitable<U>): Promise<U>;
}

interface Entry extends Waiting {
  readonly expiresAt: number;
}

/**
 * All waits last equally long, `ms`, so the first that was added is the first to expire.
 * @param createError makes the store's own error of a failure
 */
export function createDeadlines(ms: number, createError: (failure: unknown) => Error): Deadlines {
  let entries: Entry[] = [];
  let first = 0;
  let isTimed = false;

  function dropSettled(): void {
    while (first < entries.length && entries[first]?.expire === undefined) first += 1;
    if (first * 2 <= entries.length) return;
    entries = entries.slice(first);
    first = 0;
  }

  function startTimer(untilMs: number): void {
    isTimed = true;
    setTimeout(expireDue, Math.ceil(untilMs)).unref();
  }

  function expireDue(): void {
    isTimed = false;
    const now = performance.now();
    for (let entry = entries[first]; entry && entry.expiresAt <= now; entry = entries[++first]) entry.expire?.();
    dropSettled();
    const next = entries[first];
    if (next !== undefined) startTimer(next.expiresAt - now);
  }

  function add(expire: () => void): Waiting {
    dropSettled();
    const entry = { expire, expiresAt: performance.now() + ms };
    entries.push(entry);
    if (!isTimed) startTimer(ms);
    return entry;
  }

  return {
    add,
    bound(work, next) {
      return new Promise((resolve, reject) => {
        const waiting = add(() => reject(createError(new Error('Operation timed out'))));
        const succeed = (answer: Parameters<typeof resolve>[0]) => {
          waiting.expire = undefined;
          resolve(answer);
        };
        const fail = (error: unknown) => {
          waiting.expire = undefined;
          reject(createError(error));
        };
        work.then((outcome) => {
          try {
            const answer = next(outcome);
            if (answer instanceof Promise) answer.then(succeed, fail);
            else succeed(answer);
          } catch (error) {
            fail(error);
          }
        }, fail);
      });
    },
  };
}
