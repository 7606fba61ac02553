// The queue in front of the hashing: bounded, fair between addresses, sign-ins before registrations.

import { expect, it } from 'vitest';
import { createHashingQueue, type Turn } from '../src/passwords/hashing-queue.ts';

/** A queue in which one task runs until `finish`; the order in which tasks begin is recorded. */
function setUpQueue(maxQueue: number) {
  const queue = createHashingQueue({ concurrency: 1, maxQueue, clock: () => 0 });
  const began: string[] = [];
  const refused: string[] = [];
  const finishers: (() => void)[] = [];
  const add = (name: string, turn: Turn = {}) => {
    const work = () => {
      began.push(name);
      return new Promise<void>((resolve) => finishers.push(resolve));
    };
    queue.run(work, turn).catch((error) => refused.push(`${name} ${error.code}`));
  };
  const finishAll = async () => {
    for (let turns = 0; turns < 50; turns++) {
      finishers.shift()?.();
      await Promise.resolve();
      await new Promise(setImmediate);
    }
  };
  return { add, finishAll, began, refused };
}

it('lets the addresses take turns', async () => {
  const { add, finishAll, began } = setUpQueue(10);
  add('first', { address: 'a' });
  for (const name of ['a1', 'a2', 'a3']) add(name, { address: 'a' });
  add('b1', { address: 'b' });
  await finishAll();
  expect(began).toEqual(['first', 'a1', 'b1', 'a2', 'a3']);
});

it('runs sign-ins before registrations', async () => {
  const { add, finishAll, began } = setUpQueue(10);
  add('first');
  add('registration', { kind: 'registration', address: 'a' });
  add('sign-in', { kind: 'sign-in', address: 'b' });
  await finishAll();
  expect(began).toEqual(['first', 'sign-in', 'registration']);
});

it('refuses the last task of the busiest address when it is full and another address comes', async () => {
  const { add, finishAll, began, refused } = setUpQueue(3);
  add('first');
  for (const name of ['a1', 'a2', 'a3']) add(name, { address: 'a' });
  add('b1', { address: 'b' });
  await finishAll();
  expect(refused).toEqual(['a3 ERR_PASSWORD_QUEUE_FULL']);
  expect(began).toEqual(['first', 'a1', 'b1', 'a2']);
});

it('refuses the newcomer when its own address is the busiest', async () => {
  const { add, finishAll, refused } = setUpQueue(2);
  add('first');
  for (const name of ['a1', 'a2', 'a3']) add(name, { address: 'a' });
  await finishAll();
  expect(refused).toEqual(['a3 ERR_PASSWORD_QUEUE_FULL']);
});

it('refuses a registration to make a place for a sign-in', async () => {
  const { add, finishAll, refused } = setUpQueue(2);
  add('first');
  for (const name of ['r1', 'r2']) add(name, { kind: 'registration', address: 'a' });
  add('sign-in', { address: 'b' });
  await finishAll();
  expect(refused).toEqual(['r2 ERR_PASSWORD_QUEUE_FULL']);
});
