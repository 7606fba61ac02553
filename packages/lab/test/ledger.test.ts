import { expect, it } from 'vitest';
import { createLedger, type Ledger } from '../src/load/ledger.ts';

const USER = 0;
const STEPS: Readonly<Record<string, (ledger: Ledger) => void>> = {
  signedIn: (ledger) => ledger.markSignedIn(USER),
  leaving: (ledger) => ledger.markLeaving(USER),
  signedOut: (ledger) => ledger.markSignedOut(USER),
};

/** What an answer means for a user who went through `before`, sent the request, and went through `meanwhile`. */
function classify(before: string[], status: number, { mine = true, meanwhile = [] as string[] } = {}) {
  const ledger = createLedger(1);
  const go = (step: string) => STEPS[step]?.(ledger);
  before.forEach(go);
  const state = ledger.getState(USER);
  meanwhile.forEach(go);
  return ledger.classify(USER, state, status, mine);
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
  expect(classify(before, status)).toBe(expected);
});

it('calls an answer that names another user a wrong user, signed in or not', () => {
  expect(classify(['signedIn'], 200, { mine: false })).toBe('wrongUser');
  expect(classify(['signedIn', 'leaving', 'signedOut'], 200, { mine: false })).toBe('wrongUser');
});

it('accepts either answer to a request that a sign-out overtook', () => {
  expect(classify(['signedIn'], 401, { meanwhile: ['leaving', 'signedOut'] })).toBe('refused');
  expect(classify(['signedIn'], 200, { meanwhile: ['leaving', 'signedOut'] })).toBe('ok');
});
