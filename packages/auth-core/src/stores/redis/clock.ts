// One clock for all servers, whatever their own wall clocks say: the Redis server's.

import type { Clock } from '../../contracts/clock.ts';
import type { RedisClient } from './client.ts';
import { storeUnavailable } from './failure.ts';

export interface RedisClockOptions {
  /** TIME is asked this often; the quickest answer counts. Default 5. */
  readonly samples?: number;
}

const REDIS_CLOCK_DEFAULTS = { samples: 5 } as const;

interface Anchor {
  /** Redis' ms at the monotonic moment 0. */
  readonly origin: number;
  readonly roundTripMs: number;
}

/**
 * Redis' TIME at the middle of the quickest round trip, carried on by this process' monotonic clock; anchored again
 * after every reconnect. Off by at most half that round trip, plus what the monotonic clock drifts from Redis' since
 * (an NTP-disciplined machine: well under 1 ms per second), plus 1 ms of rounding. Between anchors no wall clock, here or
 * there, moves it; a step of Redis' own wall clock arrives with the next anchor. In a Cluster a node answers at random:
 * the difference between the nodes' clocks comes on top.
 * @throws ERR_STORE_UNAVAILABLE when Redis does not answer.
 */
export async function createRedisClock(client: RedisClient, options: RedisClockOptions = {}): Promise<Clock> {
  const { samples } = { ...REDIS_CLOCK_DEFAULTS, ...options };
  let { origin } = await anchor(client, samples);
  client.on('ready', () => {
    anchor(client, samples).then(
      (again) => (origin = again.origin),
      // The connection was lost again: the old anchor stays until the next one.
      () => undefined,
    );
  });
  return () => Math.floor(origin + performance.now());
}

async function anchor(client: RedisClient, samples: number): Promise<Anchor> {
  let best = await sample(client);
  for (let taken = 1; taken < samples; taken++) {
    const next = await sample(client);
    if (next.roundTripMs < best.roundTripMs) best = next;
  }
  return best;
}

async function sample(client: RedisClient): Promise<Anchor> {
  const asked = performance.now();
  try {
    const [seconds, microseconds] = await client.time();
    const answered = performance.now();
    const ms = Number(seconds) * 1_000 + Number(microseconds) / 1_000;
    return { origin: ms - (asked + answered) / 2, roundTripMs: answered - asked };
  } catch (error) {
    throw storeUnavailable(error);
  }
}
