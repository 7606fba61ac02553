import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { ExperimentContext } from '../src/context/lab.ts';
import { createCredentials } from '../src/load/credentials.ts';
import { createPopulation } from '../src/load/population.ts';
import { createRandom } from '../src/load/random.ts';
import { planSchedule } from '../src/load/schedule.ts';

const asked = fc.record({
  rate: fc.integer({ min: 1, max: 400 }),
  seconds: fc.integer({ min: 1, max: 5 }),
  users: fc.integer({ min: 1, max: 300 }),
  arrivals: fc.constantFrom('poisson' as const, 'uniform' as const),
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

it('gives every user a turn before anybody gets a second one', () => {
  fc.assert(
    fc.property(asked, seeds, (options, seed) => {
      const { user } = planSchedule(options, createRandom(seed, 'x'));
      const turns = new Array<number>(options.users).fill(0);
      for (const who of user) turns[who] = (turns[who] ?? 0) + 1;
      expect(Math.max(...turns) - Math.min(...turns)).toBeLessThanOrEqual(1);
    }),
  );
});

it('is the same for the same seed, and another for another', () => {
  const options = { rate: 100, seconds: 1, users: 50, arrivals: 'poisson' as const };
  const plan = (seed: number) => planSchedule(options, createRandom(seed, 'x'));
  expect(plan(7)).toEqual(plan(7));
  expect(plan(7).at).not.toEqual(plan(8).at);
});

it('has Poisson arrivals: gaps differ, and their mean is 1/rate', () => {
  const { at } = planSchedule({ rate: 1000, seconds: 10, users: 1, arrivals: 'poisson' }, createRandom(1, 'x'));
  const gaps = [...at].slice(1).map((ms, index) => ms - (at[index] ?? 0));
  const mean = gaps.reduce((sum, gap) => sum + gap, 0) / gaps.length;
  const variance = gaps.reduce((sum, gap) => sum + (gap - mean) ** 2, 0) / gaps.length;
  expect(mean).toBeCloseTo(1, 1);
  // Of an exponential distribution the deviation is the mean.
  expect(Math.sqrt(variance) / mean).toBeCloseTo(1, 0);
});

it('keeps credentials of any length, the last one of each user', () => {
  const texts = fc.array(fc.tuple(fc.nat(9), fc.string({ maxLength: 700 })), {
    maxLength: 60,
  });
  fc.assert(
    fc.property(texts, (writes) => {
      const credentials = createCredentials(10, 16);
      const expected = new Array<string>(10).fill('');
      for (const [user, text] of writes) {
        credentials.set(user, text);
        expected[user] = text;
      }
      expect(expected.map((_, user) => credentials.get(user))).toEqual(expected);
    }),
  );
});

it('has as many accounts as an experiment asks for, and few at a target', () => {
  const accountsAt = (target: string | undefined) => {
    const context = { side: { api: 'stateful' }, target, options: { insecure: false } } as unknown as ExperimentContext;
    return [createPopulation(context, 50_000, 5_000), createPopulation(context, 50_000), createPopulation(context, 3)].map(
      ({ accounts }) => accounts,
    );
  };
  expect(accountsAt(undefined)).toEqual([5_000, 200, 3]);
  expect(accountsAt('http://elsewhere')).toEqual([10, 10, 3]);
});
