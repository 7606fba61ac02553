// A process of its own for section `sweep`: 1,000,000 sessions that end at once, and how long the event loop is held while
// the memory store frees their room by its own timer. Prints one JSON object. Argument: how many sessions.
//
// A pause is what one slice of the sweep takes of the thread's processor time, collections of garbage within it included.
// By the wall clock, every gap between two turns of the event loop counts, whoever made it: on a busy machine other
// processes did. The same gaps with nothing to sweep are the control.

import { mintSessionToken, sessionIdOf } from '@statecraft/auth-core';
import { createMemoryStore } from '@statecraft/auth-core/memory';

const HOUR = 3_600_000;
const START = Date.UTC(2026, 0, 1);
/** As the default, but without its pauses between slices: the whole store in seconds. */
const SWEEP_EVERY_MS = 1;

const slices = timeTimers();
const count = Number(process.argv[2]);
let now = START;
const clock = () => Math.floor(now + performance.now());
const store = createMemoryStore({ clock, sweepEveryMs: SWEEP_EVERY_MS, maxBytes: 8 * 1024 ** 3 });
for (let at = 0; at < count; at++) begin(at);
for (let times = 0; times < 3; times++) globalThis.gc?.();

const idleWallMs = await longestGapUntil((began) => performance.now() - began > 1_000);
now += HOUR;
slices.length = 0;
const began = performance.now();
const sweepingWallMs = await longestGapUntil(() => store.stats().sessions === 0);
const tookMs = performance.now() - began;
store.close();
if (slices.length === 0) throw new Error('The sweep has no timer any more: this measures nothing.');
const maxMs = slices.reduce((one, other) => Math.max(one, other));
const over5 = slices.filter((ms) => ms > 5).length;
const result = { sessions: count, tookMs, slices: slices.length, maxMs, over5, sweepingWallMs, idleWallMs };
process.stdout.write(`${JSON.stringify(result)}\n`);

function begin(at: number): void {
  const userId = Buffer.from(`user-${at}`).toString();
  const id = sessionIdOf(mintSessionToken(userId)) ?? '';
  const data = Buffer.from(JSON.stringify({ user: { id: userId, username: userId, roles: ['user'] } })).toString();
  const times = { createdAt: START, idleExpiresAt: START + HOUR, absoluteExpiresAt: START + 2 * HOUR };
  store.create({ id, userId, data, ...times });
}

/** ms of this thread's processor time for each call of a timer that is set from now on. */
function timeTimers(): number[] {
  const took: number[] = [];
  const real = globalThis.setInterval;
  globalThis.setInterval = ((call: () => void, ms: number) =>
    real(() => {
      const before = cpuMs();
      call();
      took.push(cpuMs() - before);
    }, ms)) as typeof setInterval;
  return took;
}

function longestGapUntil(done: (began: number) => boolean): Promise<number> {
  const began = performance.now();
  let last = began;
  let longest = 0;
  return new Promise((resolve) => {
    const turn = () => {
      const here = performance.now();
      longest = Math.max(longest, here - last);
      last = here;
      if (done(began)) resolve(longest);
      else setImmediate(turn);
    };
    setImmediate(turn);
  });
}

function cpuMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
}
