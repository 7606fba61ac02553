// What the author of a store gives to the kit: how to open two instances of it, and which powers it lacks.

import type { Awaitable, Clock, ReplacingDetails, SessionStore, Sweeping, UserSessions } from '@statecraft/auth-core';
import type { SyncPoint } from './sync-point.ts';

/** A store with all powers. One that the store under test lacks throws when it is called. */
export type FullStore = SessionStore & UserSessions & ReplacingDetails & Sweeping;

/** A store, with the powers that it has. */
export type StoreUnderTest = SessionStore & Partial<UserSessions & ReplacingDetails & Sweeping>;

/** What a store may lack without breaking the contract. A check that needs one is skipped, and the report says why. */
export const POWERS = {
  shared: 'two instances work on the same sessions, as two processes would',
  userSessions: 'list, destroyAll and changeSubject',
  replaceDetails: 'replaceDetails, which device-bound sessions need',
  sweep: 'sweep',
  keyTtls: 'keys that the server itself removes in time (Redis)',
  dump: 'a dump of everything that it stores',
  corrupt: 'a way to damage a stored record',
  faults: 'a server that the kit may stall, kill and start again',
} as const;
/** The name of a power that a store may lack. */
export type Power = keyof typeof POWERS;

/** What the kit gives a harness to open stores with. */
export interface OpenOptions {
  /** The time. The store must take it from this clock and from nowhere else; the kit moves it, also backwards. */
  readonly clock: Clock;
  /**
   * One for each instance: `await syncPoint.reach()` before each command that the instance sends. With them every
   * interleaving is forced; without them the kit can only try many timings. A store that answers without promises needs
   * none.
   */
  readonly syncPoints: readonly [SyncPoint, SyncPoint];
}

/** The stores that a harness opened for one check. */
export interface OpenedStores {
  /** Two instances with connections of their own over the same sessions; only one for a store that is not `shared`. */
  readonly stores: readonly [StoreUnderTest] | readonly [StoreUnderTest, StoreUnderTest];
  /** Everything that is stored, keys and values, as it is stored. Needed for `dump`. */
  dump?(): Awaitable<string | Buffer | readonly (string | Buffer)[]>;
  /** Every key and the ms until the server removes it; -1 for never. Needed for `keyTtls`. */
  ttls?(): Awaitable<Iterable<readonly [key: string, ms: number]>>;
  /** Damages the stored record of this session, so that no instance can read it. Needed for `corrupt`. */
  corrupt?(id: string): Awaitable<void>;
  /** How many sessions are stored, expired ones included. */
  size?(): Awaitable<number>;
  /** Breaks the connection of an instance during operations; it comes back by itself. */
  abort?(instance: 0 | 1): Awaitable<void>;
  /**
   * Makes the server answer nothing for longer than the store waits for it, from now on; it comes back by itself.
   * Needed for `faults`, with `kill` and `restart`.
   */
  stall?(): Awaitable<void>;
  /** Ends the server immediately, as kill -9 does. Every call fails until `restart`. */
  kill?(): Awaitable<void>;
  /** Starts the server again with what it has kept. Resolves when it accepts connections. */
  restart?(): Awaitable<void>;
  /** Waits until each instance has received all that was acknowledged until now. Replaces waiting for `readsMayLag`. */
  settle?(): Promise<void>;
  close?(): Awaitable<void>;
}

/** How the kit opens your store, and which powers the store lacks. */
export interface SessionStoreHarness {
  /** Opens the store, empty, with its own timers switched off. Called once for each check. */
  open(options: OpenOptions): Awaitable<OpenedStores>;
  /** The powers that this store lacks. Default none. */
  readonly without?: readonly Power[];
  /**
   * For a cache that is notified of writes: an instance reads its own writes immediately, and those of others within so
   * many ms of their answer. The kit then waits that long, or for `settle`, before it reads through another instance.
   * Default: every write is read immediately.
   */
  readonly readsMayLag?: { readonly ms: number };
  /** The limit that `open` sets, 20 or more; unless it is stated, it is not checked. */
  readonly maxSessionsPerUser?: number;
  /** The limit that `open` sets, bytes; unless both limits are stated, it is not checked. */
  readonly maxBytesPerUser?: number;
  /** ms within which every call answers or throws. Default 1,000. */
  readonly deadlineMs?: number;
  /**
   * What is lost when the server is killed: writes, sign-outs included, that were answered in the last so many ms
   * before. 0: none. Unless it is stated, it is not checked.
   */
  readonly lossAfterKill?: { readonly ms: number };
  /** Operations of the check against cross-talk. Default 100,000 for a store without promises, else 5,000. */
  readonly operations?: number;
  /** Cases of each property-based check. Default 100. */
  readonly runs?: number;
  /** Makes a run repeatable. Default random; a failure names it. */
  readonly seed?: number;
  /** ms after which a check fails. Default 60,000. */
  readonly limitMs?: number;
}
