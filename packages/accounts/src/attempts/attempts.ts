// Who may try a password (ASVS 6.3.1, NIST SP 800-63B-4 3.2.2), without a way to lock the owner out.
//
// Three counts of failures, each over a sliding window:
//   account + address   guessing at one account from one place        10, then one in 90 s
//   address             trying one password at many accounts          100, then one in 9 s
//   account             guessing from many places                     100; then only addresses with no failure may try
//
// The last one is what keeps the owner in: while strangers use up the account's count from anywhere, an address that
// has not failed within the window still gets its try, and a right password goes through. A stranger with a fresh
// address gets one guess from it, not ten. The price: an owner who mistypes during such an attack waits, too.

import { addressKey } from './address-key.ts';
import { createFailureCounts } from './failure-counts.ts';

export interface AttemptLimits {
  /** ms; how long a failure counts. */
  readonly windowMs: number;
  readonly perAccountAndAddress: number;
  readonly perAddress: number;
  readonly perAccount: number;
  /** Keys kept in each of the counts, about 200 bytes each; beyond it the oldest failures are forgotten. */
  readonly maxKeys: number;
}

export const ATTEMPT_LIMITS: AttemptLimits = {
  windowMs: 15 * 60_000,
  perAccountAndAddress: 10,
  perAddress: 100,
  perAccount: 100,
  maxKeys: 50_000,
};

export interface Attempts {
  /** ms to wait before this account may be tried from this address; 0 when it may be now. */
  waitMs(account: string, address: string): number;
  failed(account: string, address: string): void;
  /** Clears account + address only: a stranger's own account must not wash their address clean. */
  succeeded(account: string, address: string): void;
}

/** In this process's memory: N servers allow N times as much. */
export function createAttempts(limits: AttemptLimits, clock: () => number): Attempts {
  const { windowMs, maxKeys } = limits;
  const counts = (limit: number) => createFailureCounts({ limit, windowMs, maxKeys, clock });
  const together = counts(limits.perAccountAndAddress);
  const addresses = counts(limits.perAddress);
  const accounts = counts(limits.perAccount);
  // Neither holds a line feed: usernames are refused with one, ids have none, and addresses come from a socket.
  const pair = (account: string, address: string) => `${addressKey(address)}\n${account}`;

  return {
    waitMs(account, address) {
      const from = addressKey(address);
      const guarded = Math.min(accounts.waitMs(account), addresses.cleanInMs(from));
      return Math.max(together.waitMs(pair(account, address)), addresses.waitMs(from), guarded);
    },

    failed(account, address) {
      together.add(pair(account, address));
      addresses.add(addressKey(address));
      accounts.add(account);
    },

    succeeded(account, address) {
      together.forget(pair(account, address));
    },
  };
}
