// What a session costs in the memory store: bytes of heap beyond its data, and how long a sweep, a create and a read hold the
// event loop. These are the figures of docs/stores.md. To run it, from packages/auth-core:
//
//   node --expose-gc --conditions=@statecraft/source bench/memory-sessions.ts

import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { NewSession } from '../src/index.ts';
import { deriveSessionId, mintSessionToken } from '../src/store.ts';
import { createMemoryStore } from '../src/stores/memory.ts';

const HOUR = 3_600_000;
const START = Date.UTC(2026, 0, 1);
const DATA = { cart: [{ sku: 'tea-250', quantity: 2 }], locale: 'en-GB', theme: 'dark', note: 'x'.repeat(100) };

for (const users of ['one session each', 'three sessions each', 'anonymous'] as const) measureHeap(100_000, users);
await measureSweep(1_000_000);
measureCreate(1_000_000);

function measureHeap(count: number, users: 'one session each' | 'three sessions each' | 'anonymous'): void {
  const store = createMemoryStore({ clock: () => START, sweepEveryMs: 0 });
  const before = readHeapUsed();
  let dataBytes = 0;
  let userId: string | undefined;
  for (let i = 0; i < count; i++) {
    if (users === 'one session each' || (users === 'three sessions each' && i % 3 === 0))
      userId = flatten(randomUUID());
    const session = newSession(userId, i, HOUR);
    dataBytes += session.data.length;
    store.create(session);
  }
  const each = (readHeapUsed() - before - dataBytes) / count;
  console.log(`${count} sessions, ${users}: ${each.toFixed(0)} bytes of heap per session beyond its data`);
  store.close();
}

async function measureSweep(count: number): Promise<void> {
  let now = START;
  const slices = timeTimers();
  const store = createMemoryStore({ clock: () => now, sweepEveryMs: 1, maxBytes: 4 * 1024 ** 3 });
  for (let i = 0; i < count; i++) store.create(newSession(`user-${i}`, i, i % 2 ? HOUR : 2 * HOUR));
  readHeapUsed();
  now += HOUR;
  slices.length = 0;
  while (store.stats().sessions > count / 2) await sleep(1);
  slices.sort((a, b) => a - b);
  const [median, p99, max] = [0.5, 0.99, 1].map((share) => slices[Math.ceil(share * slices.length) - 1]?.toFixed(1));
  console.log(
    `${count} sessions, half of them expired, swept in ${slices.length} slices; ` +
      `a slice held the event loop for ${median} ms (median), ${p99} (p99), ${max} (longest)`,
  );
  store.close();
}

/** The longest that a create holds the event loop while the Map grows. */
function measureCreate(count: number): void {
  const store = createMemoryStore({ clock: () => START, sweepEveryMs: 0, maxBytes: 4 * 1024 ** 3 });
  let longest = 0;
  for (let i = 0; i < count; i++) {
    const session = newSession(`user-${i}`, i, HOUR);
    const startedAt = performance.now();
    store.create(session);
    longest = Math.max(longest, performance.now() - startedAt);
  }
  console.log(`${count} sessions created; one create held the event loop for at most ${longest.toFixed(1)} ms`);
}

/** The ms that each call of a timer takes from now on, including what other processes take of the CPU. */
function timeTimers(): number[] {
  const took: number[] = [];
  const real = globalThis.setInterval;
  globalThis.setInterval = ((call: () => void, ms: number) =>
    real(() => {
      const startedAt = performance.now();
      call();
      took.push(performance.now() - startedAt);
    }, ms)) as typeof setInterval;
  return took;
}

function newSession(userId: string | undefined, i: number, idleMs: number): NewSession {
  const id = deriveSessionId(mintSessionToken(userId)) ?? '';
  const createdAt = START + (i % 1000);
  const times = { createdAt, idleExpiresAt: START + idleMs, absoluteExpiresAt: createdAt + 12 * HOUR };
  const subject = userId === undefined ? undefined : { userId, username: userId, roles: [] };
  return { id, subject, data: flatten(JSON.stringify({ ...DATA, visits: i })), details: '{}', ...times };
}

function readHeapUsed(): number {
  if (globalThis.gc === undefined) throw new Error('Run it with --expose-gc.');
  for (let i = 0; i < 3; i++) globalThis.gc();
  return process.memoryUsage().heapUsed;
}

/** A text in one piece, as a parser returns it. randomUUID and concatenation make a tree of pieces. */
function flatten(text: string): string {
  return Buffer.from(text).toString();
}
