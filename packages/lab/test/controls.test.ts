// The lab itself, under test: servers that break a promise on purpose are caught, and one that keeps them is not
// blamed.

import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { computeRatio } from '../src/load/ratio.ts';
import { entries, run } from './running.ts';

const faulty = { ...entries, stateful: fileURLToPath(new URL('faulty-server.ts', import.meta.url)) };
const size = { modes: ['memory+affinity'], servers: 2, users: 15, rate: 50, seconds: 1 };

/** Ids of the ledger's checks that are broken. */
async function listBrokenChecks(fault: string): Promise<string[]> {
  const report = await run('revocation', size, { entries: faulty, serverEnv: { FAULT: fault } });
  return report.checks.filter(({ kind, outcome }) => kind === 'ledger' && outcome === 'broken').map(({ id }) => id);
}

it.each([
  ['none', []],
  ['lose', ['named-causes']],
  ['revive', ['sign-outs-stand']],
  ['swap', ['nobody-else']],
])(
  'a server with the fault "%s" breaks exactly %j',
  async (fault, ids) => {
    expect(await listBrokenChecks(fault)).toEqual(ids);
  },
  120_000,
);

it('shows no difference of a side from itself, and one where there is one', () => {
  const rounds = [400, 420, 390, 410, 405];
  expect(computeRatio(rounds, [402, 415, 395, 408, 407])?.differs).toBe(false);
  expect(
    computeRatio(
      rounds,
      rounds.map((rate) => rate * 0.8),
    ),
  ).toMatchObject({ differs: true });
  const two = rounds.slice(0, 2);
  expect(computeRatio(two, two)).toMatchObject({ mean: 1, low: 0, high: Number.POSITIVE_INFINITY, differs: false });
});
