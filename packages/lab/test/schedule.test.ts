import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { ExperimentContext } from '../src/contracts/context.ts';
import { createPopulation } from '../src/load/population.ts';
import { createRandom } from '../src/load/random.ts';
import { planSchedule } from '../src/load/schedule.ts';

const asked = fc.record({
  rate: fc.integer({ min: 1, max: 400 }),
  seconds: fc.integer({ min: 1, max: 5 }),
  users: fc.integer({ min: 1, max: 300 }),
});
const seeds = fc.integer({ min: 0, max: 2 ** 32 - 1 });

it('plans exactly rate × seconds starts, rising and within the seconds', () => {
  fc.assert(
    fc.property(asked, seeds, (options, seed) => {
      const { at } = planSchedule(options, createRandom(seed, 'x'));
      expect(at.length).toBe(options.rate * options.seconds);
      expect([...at].every((ms, index) => ms >= (at[index - 1] ?? 0) && ms <= options.seconds * 1000)).toBe(true);
    }),
  );
});

it('gives every user a turn before any user gets a second one', () => {
  fc.assert(
    fc.property(asked, seeds, (options, seed) => {
      const { user } = planSchedule(options, createRandom(seed, 'x'));
      const turns = new Array<number>(options.users).fill(0);
      for (const who of user) turns[who] = (turns[who] ?? 0) + 1;
      expect(Math.max(...turns) - Math.min(...turns)).toBeLessThanOrEqual(1);
    }),
  );
});

it('is the same plan for the same seed, and another plan for another seed', () => {
  const options = { rate: 100, seconds: 1, users: 50 };
  const plan = (seed: number) => planSchedule(options, createRandom(seed, 'x'));
  expect(plan(7)).toEqual(plan(7));
  expect(plan(7).at).not.toEqual(plan(8).at);
});

it('has Poisson arrivals: gaps differ, and their mean is 1/rate', () => {
  const { at } = planSchedule({ rate: 1000, seconds: 10, users: 1 }, createRandom(1, 'x'));
  const gaps = [...at].slice(1).map((ms, index) => ms - (at[index] ?? 0));
  const mean = gaps.reduce((sum, gap) => sum + gap, 0) / gaps.length;
  const variance = gaps.reduce((sum, gap) => sum + (gap - mean) ** 2, 0) / gaps.length;
  expect(mean).toBeCloseTo(1, 1);
  // Of an exponential distribution the deviation is the mean.
  expect(Math.sqrt(variance) / mean).toBeCloseTo(1, 0);
});

it('has as many accounts as an experiment asks for, and few at a target', () => {
  const countAccounts = (target: string | undefined) => {
    const context = { side: { api: 'stateful' }, options: { target, insecure: false } } as unknown as ExperimentContext;
    return [
      createPopulation(context, 50_000, 5_000),
      createPopulation(context, 50_000),
      createPopulation(context, 3),
    ].map(({ accounts }) => accounts);
  };
  expect(countAccounts(undefined)).toEqual([5_000, 200, 3]);
  expect(countAccounts('http://elsewhere')).toEqual([10, 10, 3]);
});
