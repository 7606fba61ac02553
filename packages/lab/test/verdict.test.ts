import { expect, it } from 'vitest';
import { describeUnknownName, findSimilarNames } from '../src/common/names.ts';
import type { PartSummary } from '../src/contracts/report.ts';
import { foldEvents } from '../src/fold/fold.ts';
import { checkLedger, decideVerdict } from '../src/judge/ledger-checks.ts';

const check = (
  kind: 'ledger' | 'experiment' | 'control' | 'generator' | 'threshold',
  outcome: 'holds' | 'broken' | 'unknown',
) => ({
  kind,
  outcome,
});
const cell = (outcome: 'holds' | 'broken' | 'unknown' | null) => ({ outcome });

it.each([
  ['every cell and check holds', 'holds', [cell('holds'), cell(null)], [check('ledger', 'holds')]],
  ['a cell is broken', 'broken', [cell('broken'), cell('unknown')], []],
  ['an answer was neither yes nor no', 'unknown', [cell('holds'), cell('unknown')], []],
  ['nothing was measured', 'unknown', [cell(null)], []],
  ['the generator was late', 'unknown', [cell('broken')], [check('generator', 'unknown')]],
  [
    'the ledger is broken, however late the generator',
    'broken',
    [cell('holds')],
    [check('ledger', 'broken'), check('generator', 'unknown')],
  ],
  ['a control is broken', 'broken', [cell('holds')], [check('control', 'broken')]],
  ['a threshold is missed', 'broken', [cell('holds')], [check('threshold', 'broken')]],
] as const)('when %s: %s', (_when, verdict, cells, checks) => {
  expect(decideVerdict(cells, checks)).toBe(verdict);
});

function createPart(change: (part: PartSummary) => void, side = 'redis'): PartSummary {
  const [part] = foldEvents([{ type: 'part', side, scenario: 's', at: 0 }], 100).parts;
  if (part === undefined) throw new Error('no part');
  part.outcomes.ok = 1;
  change(part);
  return part;
}
const listOutcomes = (part: PartSummary) => checkLedger([part]).map(({ outcome }) => outcome);

it('holds for a ledger in order', () => {
  expect(listOutcomes(createPart(() => undefined))).toEqual(['holds', 'holds', 'holds']);
});

it('is broken by one answer to the wrong user', () => {
  expect(listOutcomes(createPart((part) => (part.outcomes.wrongUser = 1)))).toEqual(['broken', 'holds', 'holds']);
});

it('is broken by one user who was lost without a cause', () => {
  const lost = { count: 1, named: [{ user: 'user 1', at: 1, cause: null }] };
  expect(listOutcomes(createPart((part) => (part.lost = lost)))).toEqual(['holds', 'broken', 'holds']);
});

it('is broken by a sign-out that was undone, but not by a signed token that has not expired', () => {
  const undoSignOut = (part: PartSummary) => {
    part.signOuts = 1;
    part.outcomes.acceptedAfterSignOut = 1;
  };
  expect(listOutcomes(createPart(undoSignOut))).toEqual(['holds', 'holds', 'broken']);
  expect(listOutcomes(createPart(undoSignOut, 'jwt'))).toEqual(['holds', 'holds', 'holds']);
});

it('suggests the known names with the longest beginning in common', () => {
  expect(findSimilarNames('rolling', ['crash', 'rolling-deploy', 'race'])).toEqual(['rolling-deploy']);
  expect(findSimilarNames('crahs', ['crash', 'rolling-deploy', 'race'])[0]).toBe('crash');
  expect(findSimilarNames('zzzzzzzz', ['crash', 'race'])).toEqual([]);
  expect(describeUnknownName('mode', 'redi', ['jwt', 'redis'])).toBe(
    'There is no mode "redi". Did you mean redis? There are: jwt, redis',
  );
});
