// The budget of one request's waits.

import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { createWaitBudget } from '../src/store.ts';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
});
afterEach(() => {
  vi.useRealTimers();
});

const unavailable = expect.objectContaining({
  code: 'ERR_STORE_UNAVAILABLE',
  message: expect.stringContaining('100 ms'),
});
const answerAfter = <T>(ms: number, answer: T) =>
  new Promise<T>((resolve) => {
    setTimeout(() => resolve(answer), ms);
  });
/** The outcome of a call, as far as it is known. */
function watch(call: unknown): { state: unknown } {
  const seen: { state: unknown } = { state: 'waits' };
  Promise.resolve(call).then(
    (answer) => (seen.state = answer),
    (error) => (seen.state = error),
  );
  return seen;
}

it('calls one after the other share the time', async () => {
  const run = createWaitBudget(100, 0);
  const first = watch(run(() => answerAfter(60, 'read')));
  await vi.advanceTimersByTimeAsync(60);
  expect(first.state).toBe('read');
  const second = watch(run(() => answerAfter(60, 'written')));
  await vi.advanceTimersByTimeAsync(39);
  expect(second.state).toBe('waits');
  await vi.advanceTimersByTimeAsync(1);
  expect(second.state).toEqual(unavailable);
});

it('the time between two calls does not count', async () => {
  const run = createWaitBudget(100, 0);
  watch(run(() => answerAfter(60, 'read')));
  await vi.advanceTimersByTimeAsync(5_000);
  const second = watch(run(() => answerAfter(30, 'written')));
  await vi.advanceTimersByTimeAsync(30);
  expect(second.state).toBe('written');
});

it('waits at the same time count once', async () => {
  const run = createWaitBudget(100, 0);
  const both = [watch(run(() => answerAfter(60, 1))), watch(run(() => answerAfter(60, 2)))];
  await vi.advanceTimersByTimeAsync(60);
  expect(both.map(({ state }) => state)).toEqual([1, 2]);
  const third = watch(run(() => answerAfter(39, 3)));
  await vi.advanceTimersByTimeAsync(39);
  expect(third.state).toBe(3);
});

it('what was waited before counts, and a call is not begun when nothing is left', () => {
  const run = createWaitBudget(100, 100);
  const call = vi.fn();
  expect(() => run(call)).toThrow(unavailable);
  expect(call).not.toHaveBeenCalled();
});

it('an answer without a promise is handed on as it is', () => {
  expect(createWaitBudget(100, 0)(() => 'value')).toBe('value');
  expect(vi.getTimerCount()).toBe(0);
});

it('a failure is handed on, and no timer is left', async () => {
  const run = createWaitBudget(100, 0);
  const call = watch(run(() => Promise.reject(new Error('READONLY'))));
  await vi.advanceTimersByTimeAsync(0);
  expect(call.state).toEqual(new Error('READONLY'));
  expect(vi.getTimerCount()).toBe(0);
});
