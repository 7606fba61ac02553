// The store's clock: the time of the Redis server, so that servers whose own clocks differ agree on every expiry.

import type { Clock } from '../../contracts/clock.ts';
import { AuthError } from '../../errors.ts';
import { checkConnected, isCluster, type RedisClient } from './client.ts';
import { createStoreError } from './failure.ts';
import { requireMaster } from './server.ts';

/** TIME is asked this often; the quickest answer counts. */
const SAMPLES = 5;

export interface StoreClock {
  /** @throws ERR_STORE_UNAVAILABLE before `ready` has resolved for the first time. */
  readonly clock: Clock;
  isReady(): boolean;
  /**
   * Sets the clock, once: all calls share one attempt.
   * @throws ERR_STORE_UNAVAILABLE when Redis does not answer, and what requireMaster throws
   */
  ready(): Promise<void>;
  close(): void;
}

interface Anchor {
  /** Redis' ms at the monotonic moment 0. */
  readonly origin: number;
  readonly roundTripMs: number;
}

/** A clock that is given, for tests. */
export function useClock(clock: Clock): StoreClock {
  return { clock, isReady: () => true, ready: async () => {}, close() {} };
}

/**
 * Redis' TIME at the middle of the quickest round trip, continued by the monotonic clock of this process; set again
 * after every reconnect. Its error is at most half of that round trip, plus what the monotonic clock drifts from Redis'
 * since (well under 1 ms per second on a machine with NTP), plus 1 ms of rounding. In between, a step of a wall clock,
 * here or there, changes nothing; a step of Redis' own wall clock arrives at the next reconnect. In a Cluster any node
 * answers: the difference between the nodes' clocks is added.
 */
export function createRedisClock(client: RedisClient, onReady = () => {}): StoreClock {
  let origin: number | undefined;
  let attempt: Promise<void> | undefined;

  async function anchor(): Promise<void> {
    origin = (await takeBest(client)).origin;
  }

  async function anchorFirst(): Promise<void> {
    try {
      await prepare(client).catch(fail);
      await anchor();
      client.on('ready', anchorAgain);
      onReady();
    } finally {
      attempt = undefined;
    }
  }

  function anchorAgain(): void {
    // When the connection is lost again, the old anchor stays until the next one.
    anchor().catch(() => {});
  }

  return {
    clock() {
      if (origin !== undefined) return Math.floor(origin + performance.now());
      throw new AuthError('ERR_STORE_UNAVAILABLE', "The store's clock is not set yet. Await store.ready() first.");
    },
    isReady: () => origin !== undefined,
    async ready() {
      if (origin !== undefined) return;
      attempt ??= anchorFirst();
      await attempt;
    },
    close: () => void client.off('ready', anchorAgain),
  };
}

/** One server must be a master. A Cluster client connects to a node with the first command for it: the first requests wait. */
async function prepare(client: RedisClient): Promise<void> {
  if (!isCluster(client)) await requireMaster(client);
  else await Promise.allSettled(client.nodes('master').map((node) => node.time()));
}

async function takeBest(client: RedisClient): Promise<Anchor> {
  let best = await takeSample(client);
  for (let taken = 1; taken < SAMPLES; taken++) {
    const next = await takeSample(client);
    if (next.roundTripMs < best.roundTripMs) best = next;
  }
  return best;
}

async function takeSample(client: RedisClient): Promise<Anchor> {
  const asked = performance.now();
  try {
    checkConnected(client);
    const [seconds, microseconds] = await client.time();
    const answered = performance.now();
    const ms = Number(seconds) * 1_000 + Number(microseconds) / 1_000;
    return { origin: ms - (asked + answered) / 2, roundTripMs: answered - asked };
  } catch (error) {
    fail(error);
  }
}

function fail(error: unknown): never {
  throw createStoreError(error);
}
