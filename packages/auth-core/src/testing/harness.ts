// What somebody who has a store gives to the kit: how to open it twice, and what it does not have.

import type { Clock } from '../contracts/clock.ts';
import type { Awaitable, SessionStore, Sweeping, UserSessions } from '../contracts/store.ts';
import type { Gate } from './gate.ts';

/** All powers by name; one that the store lacks throws when it is called. */
export type FullStore = SessionStore & UserSessions & Sweeping;

export type StoreUnderTest = SessionStore & Partial<UserSessions> & Partial<Sweeping>;

/** What a store may lack without breaking the contract. A check that needs one is skipped, and the report says why. */
export const POWERS = {
  shared: 'two instances see the same sessions, as two processes would',
  userSessions: 'list and destroyAll',
  sweep: 'sweep',
  keyTtls: 'keys that the server itself drops at their time (Redis)',
  dump: 'a dump of all that it keeps',
} as const;
export type Power = keyof typeof POWERS;

export interface Given {
  /** The time. The store takes it from here and nowhere else; the kit moves it. */
  readonly clock: Clock;
  /**
   * One for each instance: `await gate.pass()` before each command that the instance sends. With it every race is
   * forced at every cut; without it the kit can only run many rounds. A store that answers without promises needs none.
   */
  readonly gates: readonly [Gate, Gate];
}

export interface OpenedStores {
  /** Two instances with connections of their own over the same sessions; only one for a store that is not `shared`. */
  readonly stores: readonly [StoreUnderTest] | readonly [StoreUnderTest, StoreUnderTest];
  /** Everything that the store keeps at rest, keys and values, as it stands there. Needed for `dump`. */
  dump?(): Awaitable<string | Buffer | readonly (string | Buffer)[]>;
  /** Every key and the ms until the server drops it; -1 for never. Needed for `keyTtls`. */
  ttls?(): Awaitable<Iterable<readonly [key: string, ms: number]>>;
  /** How many sessions are kept, expired ones included. */
  size?(): Awaitable<number>;
  /** Breaks the connection of an instance in the midst of things; it comes back by itself. */
  abort?(instance: 0 | 1): Awaitable<void>;
  /** Makes the server answer nobody for longer than the store waits for it, from now on; it comes back by itself. */
  stall?(): Awaitable<void>;
  /** Waits until each instance was told all that was acknowledged until now. In place of waiting for `readsMayLag`. */
  settle?(): Promise<void>;
  close?(): Awaitable<void>;
}

export interface SessionStoreHarness {
  /** Opens the store, empty, with timers of its own switched off. Called once for each check. */
  open(given: Given): Awaitable<OpenedStores>;
  /** The powers that this store lacks, each by name. Default none. */
  readonly without?: readonly Power[];
  /**
   * A write is seen at once by the instance that made it, and by the others within so many ms of its answer: a cache that is
   * told. The kit then waits that long, or for `settle`, before it reads through another instance. Default: at once.
   */
  readonly readsMayLag?: { readonly ms: number };
  /** The limit that `open` sets, 20 or more; unless it is stated, it is not checked. */
  readonly maxSessionsPerUser?: number;
  /** Operations of the check against cross-talk. Default 100,000 for a store without promises, else 5,000. */
  readonly operations?: number;
  /** Cases of each property-based check. Default 100. */
  readonly runs?: number;
  /** Makes a run repeatable. Default random; a failure names it. */
  readonly seed?: number;
  /** ms after which a check fails. Default 60,000. */
  readonly limitMs?: number;
}
