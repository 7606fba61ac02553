// The kit is tested on stores that are broken on purpose: a check that no broken store fails is worth nothing.

import { AssertionError } from 'node:assert';
import { describe, expect, it } from 'vitest';
import { runSessionStoreChecks, sessionStoreChecks } from '../src/index.ts';
import { createMutantHarness, withoutSyncPoints } from './mutants/base.ts';
import { correctCache } from './mutants/caches.ts';
import { mutants } from './mutants/index.ts';

/** Each mutant must be caught with each seed. */
const SEEDS = [1, 2, 3];

const correct = createMutantHarness({});

describe.each(sessionStoreChecks.map((check) => [check.id, check] as const))('%s', (id, check) => {
  const own = mutants.filter(({ caughtBy }) => caughtBy === id);

  it.each(own.map((mutant) => [mutant.name, mutant] as const))('catches: %s', async (_, mutant) => {
    const harness = createMutantHarness(mutant);
    for (const store of mutant.onlyWithSyncPoints ? [harness] : [harness, withoutSyncPoints(harness)]) {
      for (const seed of SEEDS) {
        const [result] = await runSessionStoreChecks({ ...store, seed }, [check]);
        expect(result?.outcome).toBe('failed');
        // The check must fail by an assertion, not because the mutant throws.
        const { error } = result ?? {};
        expect(error instanceof AssertionError ? error : error?.cause).toBeInstanceOf(AssertionError);
        expect(error?.message).toContain(`seed ${seed}`);
      }
    }
  });

  it('has a mutant that it catches', () => expect(own).not.toEqual([]));
});

it('has an existing check for each mutant', () => {
  const known = sessionStoreChecks.map(({ id }) => id);
  expect(mutants.filter(({ caughtBy }) => !known.includes(caughtBy))).toEqual([]);
});

it.each([
  ['sync-points', 'has no cache', correct],
  ['timing', 'has no cache', withoutSyncPoints(correct)],
  ['sync-points', 'has a cache', createMutantHarness(correctCache)],
  ['timing', 'has a cache', withoutSyncPoints(createMutantHarness(correctCache))],
] as const)(
  'passes the correct store that the mutants are made of, with races run by %s, when it %s',
  async (raceControl, _, store) => {
    const results = await runSessionStoreChecks(store);
    expect(results.filter(({ outcome }) => outcome !== 'passed')).toEqual([]);
    expect(new Set(results.map((result) => result.raceControl))).toEqual(new Set([raceControl]));
  },
  60_000,
);
