// One line per second and key.

import { expect, it } from 'vitest';
import { createLineLimit } from '../src/index.ts';

/** Each timer is kept, and ends when the test says so. */
function openLimit() {
  const ends: (() => void)[] = [];
  const lines: [string, number][] = [];
  const limit = createLineLimit((end) => void ends.push(end));
  return {
    lines,
    refuse: (key: string) => limit(key, (leftOut) => lines.push([key, leftOut])),
    /** A second passes. */
    endSecond() {
      for (const end of ends.splice(0)) end();
    },
  };
}

it('the first line of a key is written immediately', () => {
  const { lines, refuse } = openLimit();
  refuse('a');
  expect(lines).toEqual([['a', 0]]);
});

it('of the others, one is written when the second has passed, with how many were left out before it', () => {
  const { lines, refuse, endSecond } = openLimit();
  for (let count = 0; count < 100; count++) refuse('a');
  expect(lines).toHaveLength(1);
  endSecond();
  expect(lines).toEqual([
    ['a', 0],
    ['a', 98],
  ]);
});

it('the line at the end of a second begins the next second', () => {
  const { lines, refuse, endSecond } = openLimit();
  refuse('a');
  refuse('a');
  endSecond();
  refuse('a');
  expect(lines).toHaveLength(2);
  endSecond();
  expect(lines).toHaveLength(3);
});

it('after a second without a line, the next line is written immediately', () => {
  const { lines, refuse, endSecond } = openLimit();
  refuse('a');
  endSecond();
  expect(lines).toHaveLength(1);
  refuse('a');
  expect(lines).toHaveLength(2);
});

it('each key has a second of its own', () => {
  const { lines, refuse } = openLimit();
  refuse('a');
  refuse('b');
  expect(lines).toEqual([
    ['a', 0],
    ['b', 0],
  ]);
});
