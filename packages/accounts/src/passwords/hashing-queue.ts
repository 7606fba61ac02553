// A bounded, fair queue in front of the hashing: at most `concurrency` tasks run, at most `maxQueue` wait.
//
// Hashing runs on libuv's threads, which file reads and DNS lookups need as well. Without the queue, a flood of
// sign-ins would take every thread and fill memory with work whose clients have given up.
//
// Sign-ins run before registrations, and within each of the two the addresses take turns. When the queue is full, a
// task of an address that has fewer waiting takes the place of one of the address that has the most: one address cannot
// use up what all share.

import { makeAddressKey } from '../attempts/address-key.ts';
import { AccountsError } from '../errors.ts';

/** Whose turn it is. */
export interface Turn {
  /** The client's address. Tasks without one share a turn. */
  readonly address?: string | undefined;
  /** Sign-ins and password changes run before registrations. Default `sign-in`. */
  readonly kind?: 'sign-in' | 'registration';
}

export interface HashingQueue {
  /** Runs `work` when its turn comes. @throws ERR_PASSWORD_QUEUE_FULL with `retryAfter` */
  run<T>(work: () => Promise<T>, turn?: Turn): Promise<T>;
  readonly running: number;
  readonly waiting: number;
  readonly refused: number;
}

export interface HashingQueueOptions {
  readonly concurrency: number;
  readonly maxQueue: number;
  /** Monotonic time in ms. Measures how long one task takes, for `retryAfter`. */
  readonly clock: () => number;
}

interface Waiter {
  readonly begin: () => void;
  readonly refuse: (error: AccountsError) => void;
}

/** Waiters by address; the address whose turn is next comes first. */
type Lane = Map<string, Waiter[]>;

export function createHashingQueue({ concurrency, maxQueue, clock }: HashingQueueOptions): HashingQueue {
  const lanes: Record<NonNullable<Turn['kind']>, Lane> = { 'sign-in': new Map(), registration: new Map() };
  let waiting = 0;
  let running = 0;
  let refused = 0;
  let typicalMs = 100;

  function createFullError(): AccountsError {
    refused += 1;
    const drainMs = ((waiting + running) / concurrency) * typicalMs;
    return new AccountsError('ERR_PASSWORD_QUEUE_FULL', { retryAfter: Math.max(1, Math.ceil(drainMs / 1000)) });
  }

  function enter({ address = '', kind = 'sign-in' }: Turn): Promise<void> | undefined {
    if (running < concurrency) {
      running += 1;
      return undefined;
    }
    const key = makeAddressKey(address);
    if (waiting >= maxQueue && !makePlace(kind, key)) throw createFullError();
    return new Promise((begin, refuse) => {
      const own = lanes[kind].get(key) ?? [];
      lanes[kind].set(key, [...own, { begin, refuse }]);
      waiting += 1;
    });
  }

  /**
   * Refuses the last task of the busiest address, registrations first, if that address has more waiting than this one.
   */
  function makePlace(kind: NonNullable<Turn['kind']>, key: string): boolean {
    const isSignIn = kind === 'sign-in';
    const lane = isSignIn && lanes.registration.size > 0 ? lanes.registration : lanes[kind];
    const [busiest, waiters] = findBusiest(lane);
    const own = lanes[kind].get(key)?.length ?? 0;
    if (waiters === undefined || (lane === lanes[kind] && waiters.length <= own + 1)) return false;
    takeFrom(lane, busiest, -1)?.refuse(createFullError());
    return true;
  }

  function takeFrom(lane: Lane, key: string, index: 0 | -1): Waiter | undefined {
    const waiters = lane.get(key) ?? [];
    const [taken] = waiters.splice(index, 1);
    lane.delete(key);
    if (waiters.length > 0) lane.set(key, waiters);
    if (taken !== undefined) waiting -= 1;
    return taken;
  }

  function leave(startedAt: number): void {
    typicalMs += (clock() - startedAt - typicalMs) / 8;
    const lane = lanes['sign-in'].size > 0 ? lanes['sign-in'] : lanes.registration;
    const [key] = lane.keys();
    // The slot goes directly to the next waiter, so a later task cannot overtake it.
    if (key === undefined) running -= 1;
    else takeFrom(lane, key, 0)?.begin();
  }

  return {
    async run(work, turn = {}) {
      await enter(turn);
      const startedAt = clock();
      try {
        return await work();
      } finally {
        leave(startedAt);
      }
    },
    get running() {
      return running;
    },
    get waiting() {
      return waiting;
    },
    get refused() {
      return refused;
    },
  };
}

function findBusiest(lane: Lane): [key: string, waiters: Waiter[] | undefined] {
  let busiest: [string, Waiter[] | undefined] = ['', undefined];
  for (const entry of lane) if (entry[1].length > (busiest[1]?.length ?? 0)) busiest = entry;
  return busiest;
}
