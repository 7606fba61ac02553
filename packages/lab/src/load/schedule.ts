// When who asks: planned before the load begins, so that a slow server cannot slow the questions down (open loop).

import type { Random } from './random.ts';

export interface Schedule {
  /** ms from the load's begin, rising. */
  readonly at: Float64Array;
  /** Who asks then. */
  readonly user: Uint32Array;
}

export interface ScheduleOptions {
  /** Requests per second. */
  readonly rate: number;
  readonly seconds: number;
  /** `poisson`: as from many people who know nothing of one another. `uniform`: evenly. */
  readonly arrivals: 'poisson' | 'uniform';
  readonly users: number;
}

/** Exactly rate × seconds starts, within the given seconds; users come in shuffled rounds, so that each gets a turn. */
export function planSchedule({ rate, seconds, arrivals, users }: ScheduleOptions, random: Random): Schedule {
  const count = Math.round(rate * seconds);
  const at = new Float64Array(count);
  const lengthMs = seconds * 1000;
  // Given their number, the arrivals of a Poisson process lie as independent uniform ones do.
  for (let index = 0; index < count; index++)
    at[index] = arrivals === 'poisson' ? random.next() * lengthMs : (index / count) * lengthMs;
  at.sort();
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
