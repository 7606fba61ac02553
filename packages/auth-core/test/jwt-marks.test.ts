// Who came before: noted in a room that never grows.

import { hash } from 'node:crypto';
import { expect, it } from 'vitest';
import { createMarks } from '../src/strategies/jwt/marks.ts';

const signature = (at: number) => hash('sha256', `token ${at}`, 'base64url');

it('knows who came before, and nobody else', () => {
  const marks = createMarks(1_000);
  const first = Array.from({ length: 500 }, (_, at) => marks.cameBefore(signature(at)));
  const again = Array.from({ length: 500 }, (_, at) => marks.cameBefore(signature(at)));
  expect([new Set(first), new Set(again)]).toEqual([new Set([false]), new Set([true])]);
});

it('forgets the oldest when many come, and goes on noting', () => {
  const marks = createMarks(1);
  for (let at = 0; at < 100_000; at++) marks.cameBefore(signature(at));
  const known = Array.from({ length: 1_000 }, (_, at) => marks.cameBefore(signature(at)));
  expect(known.filter(Boolean).length).toBeLessThan(10);
  expect(marks.cameBefore(signature(999))).toBe(true);
});

it('takes a signature of any length', () => {
  const marks = createMarks(1);
  expect(['', 'a', '', 'a'].map(marks.cameBefore)).toEqual([false, false, true, true]);
});
