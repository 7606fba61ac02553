// The kit is tested on stores that are broken on purpose: a check whose mutant passes is no check.

import { AssertionError } from 'node:assert';
import { describe, expect, it } from 'vitest';
import { runSessionStoreChecks, sessionStoreChecks } from '../../src/testing/index.ts';
import { harnessOf, withoutGate } from './mutants/base.ts';
import { soundCache } from './mutants/caches.ts';
import { mutants } from './mutants/index.ts';

/** What is caught by luck is not caught. */
const SEEDS = [1, 2, 3];

const sound = harnessOf({ make: () => () => ({}) });

describe.each(sessionStoreChecks.map((check) => [check.id, check] as const))('%s', (id, check) => {
  const mine = mutants.filter(({ caughtBy }) => caughtBy === id);

  it.each(mine.map((mutant) => [mutant.name, mutant] as const))('catches: %s', async (_, mutant) => {
    const harness = harnessOf(mutant);
    for (const store of mutant.onlyWithGate ? [harness] : [harness, withoutGate(harness)]) {
      for (const seed of SEEDS) {
        const [result] = await runSessionStoreChecks({ ...store, seed }, [check]);
        expect(result?.outcome).toBe('failed');
        // By what it asserts, not because the mutant broke down.
        const { error } = result ?? {};
        expect(error instanceof AssertionError ? error : error?.cause).toBeInstanceOf(AssertionError);
        expect(error?.message).toContain(`seed ${seed}`);
      }
    }
  });

  it('has a mutant', () => expect(mine).not.toEqual([]));
});

it('names for each mutant a check that exists', () => {
  const known = sessionStoreChecks.map(({ id }) => id);
  expect(mutants.filter(({ caughtBy }) => !known.includes(caughtBy))).toEqual([]);
});

it.each([
  ['gate', 'is as it should be', sound],
  ['timing', 'is as it should be', withoutGate(sound)],
  ['gate', 'keeps what it read', harnessOf(soundCache)],
  ['timing', 'keeps what it read', withoutGate(harnessOf(soundCache))],
] as const)(
  'finds nothing wrong, races forced by %s, with the store that the mutants are made of when it %s',
  async (forcing, _, store) => {
    const results = await runSessionStoreChecks(store);
    expect(results.filter(({ outcome }) => outcome !== 'passed')).toEqual([]);
    expect(new Set(results.map((result) => result.forcing))).toEqual(new Set([forcing]));
  },
  60_000,
);
