import { expect, it } from 'vitest';
import { createLedger } from '../src/load/ledger.ts';

const USER = 0;

/** What an answer means to a user who went through `before`, was asked for, and went through `meanwhile`. */
function outcome(before: string[], status: number, { mine = true, meanwhile = [] as string[] } = {}) {
  const ledger = createLedger(1);
  const go = (step: string) => ledger[step as 'signedIn' | 'leaving' | 'signedOut'](USER);
  before.forEach(go);
  const state = ledger.stateOf(USER);
  meanwhile.forEach(go);
  return ledger.outcomeOf(USER, state, status, mine);
}

it.each([
  ['200 to a user who is signed in', 'ok', ['signedIn'], 200],
  ['401 to a user who is signed in', 'signedOut', ['signedIn'], 401],
  ['200 after an acknowledged sign-out', 'acceptedAfterSignOut', ['signedIn', 'leaving', 'signedOut'], 200],
  ['401 after an acknowledged sign-out', 'refused', ['signedIn', 'leaving', 'signedOut'], 401],
  ['401 to a user who never signed in', 'refused', [], 401],
  ['503', 'serverError', ['signedIn'], 503],
  ['429', 'otherStatus', ['signedIn'], 429],
  ['200 while the sign-out has no answer yet', 'ok', ['signedIn', 'leaving'], 200],
  ['401 while the sign-out has no answer yet', 'refused', ['signedIn', 'leaving'], 401],
  ['200 after a second sign-in', 'ok', ['signedIn', 'signedOut', 'signedIn'], 200],
])('%s is %s', (_what, expected, before, status) => {
  expect(outcome(before, status)).toBe(expected);
});

it('takes an answer that names another user for a wrong user, whoever asked', () => {
  expect(outcome(['signedIn'], 200, { mine: false })).toBe('wrongUser');
  expect(outcome(['signedIn', 'leaving', 'signedOut'], 200, { mine: false })).toBe('wrongUser');
});

it('blames nobody for a request that a sign-out overtook', () => {
  expect(outcome(['signedIn'], 401, { meanwhile: ['leaving', 'signedOut'] })).toBe('refused');
  expect(outcome(['signedIn'], 200, { meanwhile: ['leaving', 'signedOut'] })).toBe('ok');
});

it('counts who is signed in', () => {
  const ledger = createLedger(3);
  ledger.signedIn(0);
  ledger.signedIn(1);
  ledger.signedIn(1);
  ledger.signedOut(0);
  expect(ledger.signedInCount).toBe(1);
});
