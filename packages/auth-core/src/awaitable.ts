// Steps over answers that are values or promises: where every answer is a value, no promise is made.

import type { Awaitable } from './contracts/strategy.ts';

/** Calls `next` with the value: immediately, or when the promise is fulfilled. */
export function andThen<T, U>(value: Awaitable<T>, next: (value: T) => Awaitable<U>): Awaitable<U> {
  return value instanceof Promise ? value.then(next) : next(value);
}

/** Runs `action`. A failure is always a rejected promise, whether `action` throws or rejects. */
export function attempt<T>(action: () => Awaitable<T>): Awaitable<T> {
  try {
    return action();
  } catch (error) {
    return Promise.reject(error);
  }
}
