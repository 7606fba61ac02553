// The store's clock: the time of the Redis server, so that servers whose own clocks differ agree on every expiry.

import type { Clock } from '../../contracts/clock.ts';
import { createServerClock } from '../server/clock.ts';
import { checkConnected, isCluster, type RedisClient } from './client.ts';
import { createStoreError } from './failure.ts';
import { requireMaster } from './server.ts';

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

/** A clock that is given, for tests. */
export function useClock(clock: Clock): StoreClock {
  return { clock, isReady: () => true, ready: async () => {}, close() {} };
}

/**
 * Redis' TIME, set again after every reconnect. In between, a step of a wall clock, here or there, changes nothing; a
 * step of Redis' own wall clock arrives at the next reconnect. In a Cluster any node answers: the difference between
 * the nodes' clocks is added.
 */
export function createRedisClock(client: RedisClient, onReady = () => {}): StoreClock {
  const { clock, isSet, set } = createServerClock(() => readTime(client));
  let attempt: Promise<void> | undefined;

  async function setFirst(): Promise<void> {
    try {
      await prepare(client).catch(fail);
      await set();
      client.on('ready', setAgain);
      onReady();
    } finally {
      attempt = undefined;
    }
  }

  function setAgain(): void {
    // When the connection is lost again, the clock stays as it is until the next one.
    set().catch(() => {});
  }

  return {
    clock,
    isReady: isSet,
    async ready() {
      if (isSet()) return;
      attempt ??= setFirst();
      await attempt;
    },
    close: () => void client.off('ready', setAgain),
  };
}

/**
 * One server must be a master. A Cluster client connects to a node with the first command for it: the first requests
 * wait.
 */
async function prepare(client: RedisClient): Promise<void> {
  if (!isCluster(client)) await requireMaster(client);
  else await Promise.allSettled(client.nodes('master').map((node) => node.time()));
}

/** ms since the epoch, with fractions. @throws ERR_STORE_UNAVAILABLE */
async function readTime(client: RedisClient): Promise<number> {
  try {
    checkConnected(client);
    const [seconds, microseconds] = await client.time();
    return Number(seconds) * 1_000 + Number(microseconds) / 1_000;
  } catch (error) {
    fail(error);
  }
}

function fail(error: unknown): never {
  throw createStoreError(error);
}
