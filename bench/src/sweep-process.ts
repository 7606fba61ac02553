// A process of its own for section `sweep`: 1,000,000 sessions that end at once, and how long the event loop is held while
// the memory store frees their room by its own timer. Prints one JSON object. Argument: how many sessions.
//
// Every gap between two turns of the event loop counts, whoever made it: the sweep, a collection of garbage, or another
// process on the core. The same loop beside a store with nothing to sweep is the control.

import { mintSessionToken, sessionIdOf } from '@statecraft/auth-core';
import { createMemoryStore } from '@statecraft/auth-core/memory';

const HOUR = 3_600_000;
const START = Date.UTC(2026, 0, 1);
/** As the default, but without its pauses between slices: the whole store in seconds. */
const SWEEP_EVERY_MS = 1;

const count = Number(process.argv[2]);
let now = START;
const store = createMemoryStore({ clock: () => now, sweepEveryMs: SWEEP_EVERY_MS, maxBytes: 8 * 1024 ** 3 });
for (let at = 0; at < count; at++) begin(at);
globalThis.gc?.();

const idle = await gapsUntil((began) => performance.now() - began > 2_000);
now += HOUR;
const began = performance.now();
const sweeping = await gapsUntil(() => store.stats().sessions === 0);
const tookMs = performance.now() - began;
store.close();
process.stdout.write(
  `${JSON.stringify({ sessions: count, tookMs, sweeping: summary(sweeping), idle: summary(idle) })}\n`,
);

function begin(at: number): void {
  const userId = Buffer.from(`user-${at}`).toString();
  const id = sessionIdOf(mintSessionToken(userId)) ?? '';
  const data = Buffer.from(JSON.stringify({ user: { id: userId, username: userId, roles: ['user'] } })).toString();
  const times = { createdAt: START, idleExpiresAt: START + HOUR, absoluteExpiresAt: START + 2 * HOUR };
  store.create({ id, userId, data, ...times });
}

function gapsUntil(done: (began: number) => boolean): Promise<number[]> {
  const gaps: number[] = [];
  const began = performance.now();
  let last = began;
  return new Promise((resolve) => {
    const turn = () => {
      const here = performance.now();
      gaps.push(here - last);
      last = here;
      if (done(began)) resolve(gaps);
      else setImmediate(turn);
    };
    setImmediate(turn);
  });
}

function summary(gaps: number[]) {
  gaps.sort((a, b) => a - b);
  const at = (share: number) => gaps[Math.ceil(share * gaps.length) - 1] ?? 0;
  // Turns that waited for nothing are many and short: the longest thousandth is where the sweep shows.
  return { turns: gaps.length, over5: gaps.filter((gap) => gap > 5).length, p999Ms: at(0.999), maxMs: at(1) };
}
