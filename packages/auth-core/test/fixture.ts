// What the tests of this package share: a clock that they move, and sessions.

import type { Clock, NewSession } from '../src/index.ts';
import { deriveSessionId, mintSessionToken, mintSuccessorToken } from '../src/store.ts';

/** ms. */
export const HOUR = 3_600_000;
const START = Date.UTC(2026, 0, 1);

export interface ManualClock extends Clock {
  /** Moves the clock by so many ms, backwards if negative. */
  advance(ms: number): void;
}

export function createManualClock(start = START): ManualClock {
  let now = start;
  return Object.assign(() => now, {
    advance(ms: number) {
      now += ms;
    },
  });
}

/** A session of this user, or an anonymous one, of one hour idle and twelve in all, from now on. */
export function newSession(clock: Clock, userId?: string, more: Partial<NewSession> = {}): NewSession {
  const now = clock();
  return {
    id: requireId(mintSessionToken(userId)),
    subject: userId === undefined ? undefined : { userId, username: 'ada', roles: ['reader'] },
    data: '{"cart":["tea"]}',
    details: '{}',
    createdAt: now,
    idleExpiresAt: now + HOUR,
    absoluteExpiresAt: now + 12 * HOUR,
    ...more,
  };
}

export function makeSuccessorId(id: string): string {
  return requireId(mintSuccessorToken(id));
}

export function requireId(token: string): string {
  const id = deriveSessionId(token);
  if (id === undefined) throw new Error('The text is no session token.');
  return id;
}
