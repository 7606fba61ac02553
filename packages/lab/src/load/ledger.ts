// What each user has been promised, and what an answer means in that light. A million users take a few MB.

import type { Outcome } from '../contracts/events.ts';

const NEVER = 0;
const SIGNED_IN = 1;
/** A sign-out was sent and not acknowledged: either answer is right. */
const LEAVING = 2;
const SIGNED_OUT = 3;

export type Ledger = ReturnType<typeof createLedger>;

export function createLedger(users: number) {
  const states = new Uint8Array(users);
  const set = (user: number, state: number) => {
    states[user] = state;
  };
  return {
    markSignedIn: (user: number) => set(user, SIGNED_IN),
    markLeaving: (user: number) => set(user, LEAVING),
    markSignedOut: (user: number) => set(user, SIGNED_OUT),
    /** Read when a request is sent, given back with its answer. */
    getState: (user: number) => states[user] ?? NEVER,
    isSignedIn: (user: number) => states[user] === SIGNED_IN,
    isSignedOut: (user: number) => states[user] === SIGNED_OUT,
    hasEntered: (user: number) => (states[user] ?? NEVER) !== NEVER,
    /** `mine`: the answer named the user who asked. */
    classify(user: number, stateWhenSent: number, status: number, mine: boolean): Outcome {
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
