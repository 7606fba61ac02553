// The shared timer of reads: each wait expires at its own time, and a settled one never.

import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { createDeadlines } from '../src/stores/redis/deadlines.ts';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
});
afterEach(() => {
  vi.useRealTimers();
});

it('each wait expires after its own time, and a settled one does not', () => {
  const deadlines = createDeadlines(100);
  const expired: string[] = [];
  deadlines.add(() => expired.push('first'));
  vi.advanceTimersByTime(60);
  const settled = deadlines.add(() => expired.push('settled'));
  deadlines.add(() => expired.push('third'));
  vi.advanceTimersByTime(40);
  expect(expired).toEqual(['first']);
  settled.isSettled = true;
  vi.advanceTimersByTime(60);
  expect(expired).toEqual(['first', 'third']);
});

it('a wait that is added after all others were settled expires, too', () => {
  const deadlines = createDeadlines(100);
  const expired: string[] = [];
  deadlines.add(() => expired.push('first')).isSettled = true;
  vi.advanceTimersByTime(500);
  deadlines.add(() => expired.push('second'));
  vi.advanceTimersByTime(100);
  expect(expired).toEqual(['second']);
});
