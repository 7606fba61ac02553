// Limits attempts at passwords (ASVS 6.3.1, NIST SP 800-63B-4 3.2.2) without locking the owner of an account out.
//
// Failures are counted under four keys:
//   account + address   guesses at one account from one address       10, then one in 90 s
//   address             one password tried at many accounts           100, then one in 9 s
//   account             guesses from many addresses                   100, then one in 9 s; more only from addresses
//                                                                     without a failure at this account:
//   account + address, once                                           1 in 15 minutes
//
// The third limit does not lock the owner out: when attackers have used it up, an address without a failure at this
// account in the window may still try, and the right password works, also from an office or a mobile network where
// another user failed at another account. An attacker with a fresh address gets one guess from it, not ten. The price:
// an owner who types a wrong password during such an attack has to wait, too.

import { hash } from 'node:crypto';
import { makeAddressKey } from './address-key.ts';
import { type Awaitable, computeWaitMs, type FailureCounts, type Limit } from './failure-counts.ts';

export interface AttemptLimits {
  /** How long a failure counts, ms. */
  readonly windowMs: number;
  readonly perAccountAndAddress: number;
  readonly perAddress: number;
  readonly perAccount: number;
  /** Registrations of one address, taken names included. */
  readonly registrationsPerAddress: number;
  /** Keys in the memory of this process, about 150 bytes each. Beyond this number the oldest failures are dropped. */
  readonly maxKeys: number;
}

/** The default limits. */
export const ATTEMPT_LIMITS: AttemptLimits = {
  windowMs: 15 * 60_000,
  perAccountAndAddress: 10,
  perAddress: 100,
  perAccount: 100,
  registrationsPerAddress: 100,
  maxKeys: 200_000,
};

export interface Attempts {
  /** Returns the ms until this account may be tried from this address; 0 if it may be tried now. */
  getWaitMs(account: string, address: string): Promise<number>;
  /**
   * Counts a failed attempt. Returns 0; or the ms to wait if concurrent attempts have reached the limit meanwhile: then
   * the attempt gets no other answer than that.
   */
  recordFailure(account: string, address: string): Promise<number>;
  /**
   * Returns as `recordFailure`. If it is 0, clears account + address, and nothing else: an attacker's own account must
   * not clear the count of the attacker's address.
   */
  recordSuccess(account: string, address: string): Promise<number>;
}

/**
 * @param name of these attempts: those of another name are counted apart
 */
export function createAttempts(name: string, limits: AttemptLimits, counts: FailureCounts): Attempts {
  const { windowMs } = limits;

  function listBuckets(account: string, address: string) {
    const from = makeAddressKey(address);
    const bucket = (limit: number, ...parts: string[]) => {
      return { key: makeCountKey(name, ...parts), limit: { limit, windowMs } };
    };
    return {
      both: bucket(limits.perAccountAndAddress, 'both', from, account),
      once: bucket(1, 'once', from, account),
      address: bucket(limits.perAddress, 'address', from),
      account: bucket(limits.perAccount, 'account', account),
    };
  }

  async function computeWait(
    buckets: ReturnType<typeof listBuckets>,
    ask: (key: string, limit: Limit) => Awaitable<number>,
  ) {
    const askOne = async ({ key, limit }: { key: string; limit: Limit }) => computeWaitMs(await ask(key, limit), limit);
    const [both, once, address, account] = await Promise.all([
      askOne(buckets.both),
      askOne(buckets.once),
      askOne(buckets.address),
      askOne(buckets.account),
    ]);
    return Math.max(both, address, Math.min(account, once));
  }

  const getWaitMs: Attempts['getWaitMs'] = (account, address) =>
    computeWait(listBuckets(account, address), (key) => counts.read(key));

  return {
    getWaitMs,

    recordFailure: (account, address) =>
      computeWait(listBuckets(account, address), (key, limit) => counts.add(key, limit)),

    async recordSuccess(account, address) {
      const waitMs = await getWaitMs(account, address);
      if (waitMs > 0) return waitMs;
      const { both, once } = listBuckets(account, address);
      await Promise.all([counts.remove(both.key), counts.remove(once.key)]);
      return 0;
    },
  };
}

/**
 * A digest, so that every key is short and a shared store holds no name: people type passwords into the wrong field.
 * No part holds a line feed: usernames and ids cannot, and addresses come from a socket.
 */
export function makeCountKey(...parts: string[]): string {
  return hash('sha256', parts.join('\n'), 'base64url');
}
