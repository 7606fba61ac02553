// When each user asks. It is planned before the load begins, so that a slow server cannot slow the requests down (open loop).

import type { Random } from './random.ts';

export interface Schedule {
  /** ms since the load began, rising. */
  readonly at: Float64Array;
  /** The user who asks then. */
  readonly user: Uint32Array;
}

export interface ScheduleOptions {
  /** Requests per second. */
  readonly rate: number;
  readonly seconds: number;
  readonly users: number;
}

/** Exactly rate × seconds starts, as from many independent people; users come in shuffled rounds, so that each gets a turn. */
export function planSchedule({ rate, seconds, users }: ScheduleOptions, random: Random): Schedule {
  const count = Math.round(rate * seconds);
  // Given their number, the arrivals of a Poisson process are independent and uniform.
  const at = Float64Array.from({ length: count }, () => random.next() * seconds * 1000).sort();
  return { at, user: shuffleRounds(count, users, random) };
}

function shuffleRounds(count: number, users: number, random: Random): Uint32Array {
  const turns = new Uint32Array(count);
  const round = Uint32Array.from({ length: users }, (_, user) => user);
  for (let begin = 0; begin < count; begin += users) {
    // Fisher–Yates
    for (let index = users - 1; index > 0; index--) {
      const other = random.below(index + 1);
      [round[index], round[other]] = [round[other] ?? 0, round[index] ?? 0];
    }
    turns.set(round.subarray(0, Math.min(users, count - begin)), begin);
  }
  return turns;
}
