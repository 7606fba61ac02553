// Limits attempts at passwords (ASVS 6.3.1, NIST SP 800-63B-4 3.2.2) without locking the owner of an account out.
//
// Three counts of failures, each over a sliding window:
//   account + address   guesses at one account from one address       10, then one in 90 s
//   address             one password tried at many accounts           100, then one in 9 s
//   account             guesses from many addresses                   100; then only addresses without failures at
//                                                                     this account may try
//
// The third limit does not lock the owner out: when attackers have used it up, an address without a failure at this
// account in the window may still try, and the right password works, also from an office or a mobile network where
// another user failed at another account. An attacker with a fresh address gets one guess from it, not ten. The price:
// an owner who types a wrong password during such an attack has to wait, too.

import { makeAddressKey } from './address-key.ts';
import { createFailureCounts } from './failure-counts.ts';

export interface AttemptLimits {
  /** How long a failure counts, ms. */
  readonly windowMs: number;
  readonly perAccountAndAddress: number;
  readonly perAddress: number;
  readonly perAccount: number;
  /** Registrations of one address. */
  readonly registrationsPerAddress: number;
  /** Keys in each count, about 200 bytes each. Beyond this number the oldest failures are dropped. */
  readonly maxKeys: number;
}

/** The default limits. */
export const ATTEMPT_LIMITS: AttemptLimits = {
  windowMs: 15 * 60_000,
  perAccountAndAddress: 10,
  perAddress: 100,
  perAccount: 100,
  registrationsPerAddress: 100,
  maxKeys: 50_000,
};

export interface Attempts {
  /** Returns the ms until this account may be tried from this address; 0 if it may be tried now. */
  getWaitMs(account: string, address: string): number;
  recordFailure(account: string, address: string): void;
  /** Clears account + address only: an attacker's own account must not clear the count of the attacker's address. */
  recordSuccess(account: string, address: string): void;
}

/** Counts in the memory of this process: N servers allow N times as many attempts. */
export function createAttempts(limits: AttemptLimits, clock: () => number): Attempts {
  const { windowMs, maxKeys } = limits;
  const createCounts = (limit: number) => createFailureCounts({ limit, windowMs, maxKeys, clock });
  const together = createCounts(limits.perAccountAndAddress);
  const addresses = createCounts(limits.perAddress);
  const accounts = createCounts(limits.perAccount);
  // No part holds a line feed: usernames and ids cannot, and addresses come from a socket.
  const joinKey = (account: string, address: string) => `${makeAddressKey(address)}\n${account}`;

  return {
    getWaitMs(account, address) {
      const from = makeAddressKey(address);
      const both = joinKey(account, address);
      const guarded = Math.min(accounts.getWaitMs(account), together.getMsUntilClean(both));
      return Math.max(together.getWaitMs(both), addresses.getWaitMs(from), guarded);
    },

    recordFailure(account, address) {
      together.add(joinKey(account, address));
      addresses.add(makeAddressKey(address));
      accounts.add(account);
    },

    recordSuccess(account, address) {
      together.remove(joinKey(account, address));
    },
  };
}
