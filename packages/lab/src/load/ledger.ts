// What each user has been promised, and what an answer means in the light of it. Typed arrays: a million users are a few MB.

import type { Outcome } from '../contracts/events.ts';

/** Of one user at one moment. */
const NEVER = 0;
const SIGNED_IN = 1;
/** A sign-out was sent and not acknowledged: either answer is right. */
const LEAVING = 2;
const SIGNED_OUT = 3;

export interface Ledger {
  signedIn(user: number): void;
  leaving(user: number): void;
  signedOut(user: number): void;
  /** Taken when a request is sent, given back with its answer. */
  stateOf(user: number): number;
  isSignedIn(user: number): boolean;
  /** Of all users. */
  readonly signedInCount: number;
  /** `mine`: whether the answer named the user who asked. */
  outcomeOf(user: number, stateWhenSent: number, status: number, mine: boolean): Outcome;
}

export function createLedger(users: number): Ledger {
  const states = new Uint8Array(users);
  let signedInCount = 0;
  const set = (user: number, state: number) => {
    signedInCount += Number(state === SIGNED_IN) - Number(states[user] === SIGNED_IN);
    states[user] = state;
  };
  return {
    signedIn: (user) => set(user, SIGNED_IN),
    leaving: (user) => set(user, LEAVING),
    signedOut: (user) => set(user, SIGNED_OUT),
    stateOf: (user) => states[user] ?? NEVER,
    isSignedIn: (user) => states[user] === SIGNED_IN,
    get signedInCount() {
      return signedInCount;
    },
    outcomeOf(user, stateWhenSent, status, mine) {
      if (status === 200) {
        if (!mine) return 'wrongUser';
        return stateWhenSent === SIGNED_OUT ? 'acceptedAfterSignOut' : 'ok';
      }
      // Sent before the sign-out and answered after it: the refusal is right.
      if (status === 401) return stateWhenSent === SIGNED_IN && states[user] === SIGNED_IN ? 'signedOut' : 'refused';
      return status >= 500 ? 'serverError' : 'otherStatus';
    },
  };
}
