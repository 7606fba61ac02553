// 31. A store offers the clock that decides its expiries, so that a strategy computes them with the same clock.

import assert from 'node:assert/strict';
import type { Check } from '../check.ts';
import { HOUR } from '../manual-clock.ts';
import { newSession } from '../sessions.ts';

export const clockIsOffered: Check = {
  id: 'clock-is-offered',
  invariant: 31,
  text: "a store's clock is the one that decides its expiries, to the ms",
  async run({ a, b, clock }) {
    for (const step of [0, 1, HOUR, -2 * HOUR]) {
      clock.advance(step);
      for (const store of [a, b]) {
        const now = store.clock();
        assert.ok(Number.isSafeInteger(now), `the clock must answer a whole number of ms, and answers ${now}`);
        const live = newSession(clock, undefined, { createdAt: now - HOUR, idleExpiresAt: now + 1 });
        const expired = newSession(clock, undefined, { createdAt: now - HOUR, idleExpiresAt: now });
        for (const session of [live, expired]) await a.create(session);
        assert.notEqual(await store.read(live.id), undefined, "a session that expires one ms after the store's clock");
        assert.equal(await store.read(expired.id), undefined, "a session that expires at the store's clock");
      }
    }
  },
};
