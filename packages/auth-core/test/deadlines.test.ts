// The shared timer of a store's operations: each wait expires at its own time, and a settled one never.

import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { AuthError } from '../src/index.ts';
import { createStoreError } from '../src/stores/redis/failure.ts';
import { createDeadlines } from '../src/stores/server/deadlines.ts';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
});
afterEach(() => {
  vi.useRealTimers();
});

const unavailable = expect.objectContaining({ name: 'AuthError', code: 'ERR_STORE_UNAVAILABLE' });
const never = () => new Promise<never>(() => {});
const pass = <T>(outcome: T): T => outcome;

it('each wait expires after its own time, and a settled one does not', () => {
  const deadlines = createDeadlines(100, createStoreError);
  const expired: string[] = [];
  deadlines.add(() => expired.push('first'));
  vi.advanceTimersByTime(60);
  const settled = deadlines.add(() => expired.push('settled'));
  deadlines.add(() => expired.push('third'));
  vi.advanceTimersByTime(40);
  expect(expired).toEqual(['first']);
  settled.expire = undefined;
  vi.advanceTimersByTime(60);
  expect(expired).toEqual(['first', 'third']);
});

it('a wait that is added after all others were settled expires, too', () => {
  const deadlines = createDeadlines(100, createStoreError);
  const expired: string[] = [];
  deadlines.add(() => expired.push('first')).expire = undefined;
  vi.advanceTimersByTime(500);
  deadlines.add(() => expired.push('second'));
  vi.advanceTimersByTime(100);
  expect(expired).toEqual(['second']);
});

it('work that is not done in time is ERR_STORE_UNAVAILABLE', async () => {
  const call = createDeadlines(100, createStoreError).bound(never(), pass);
  const outcome = expect(call).rejects.toEqual(unavailable);
  await vi.advanceTimersByTimeAsync(100);
  await outcome;
});

it('work and what follows it share the time', async () => {
  const call = createDeadlines(100, createStoreError).bound(Promise.resolve('expired'), never);
  const outcome = expect(call).rejects.toEqual(unavailable);
  await vi.advanceTimersByTimeAsync(100);
  await outcome;
});

const refuse = () => {
  throw new Error('READONLY You cannot write');
};
it.each([
  ['a failure of the work', async () => refuse(), pass],
  ['what the next step throws', async () => undefined, refuse],
  ['what the next step rejects with', async () => undefined, async () => refuse()],
])('%s is an AuthError', async (_, work, next) => {
  const call = createDeadlines(100, createStoreError).bound<unknown, unknown>(work(), next);
  await expect(call).rejects.toMatchObject({
    code: 'ERR_STORE_UNAVAILABLE',
    message: expect.stringContaining('READONLY'),
  });
});

it('an AuthError stays what it is', async () => {
  const refused = new AuthError('ERR_SESSION_UNREADABLE');
  await expect(createDeadlines(100, createStoreError).bound(Promise.reject(refused), pass)).rejects.toBe(refused);
});

it('after all work is done no timer is left, and no wait is kept', async () => {
  const deadlines = createDeadlines(100, createStoreError);
  const answers = await Promise.all([1, 2, 3].map((answer) => deadlines.bound(Promise.resolve(answer), pass)));
  expect(answers).toEqual([1, 2, 3]);
  expect(vi.getTimerCount()).toBe(1);
  vi.advanceTimersByTime(100);
  expect(vi.getTimerCount()).toBe(0);
});
