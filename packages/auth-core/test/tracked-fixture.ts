// What the tests of the tracked cache share: a store with both its connections and its clocks, and ways to hold a
// connection so that its answers arrive when the test decides.

import type { Redis } from 'ioredis';
import { onTestFinished, vi } from 'vitest';
import type { SessionRecord } from '../src/index.ts';
import { createTrackedStore, redisSubscriberOptions, type TrackedStoreOptions } from '../src/stores/redis.ts';
import { connectTo, createManualClock, type TestClientOptions } from './redis-fixture.ts';

export type Tracked = Awaited<ReturnType<typeof openTracked>>;

/** Longer than any test: the manual clocks decide instead. */
const NEVER_MS = 1_000_000;

export interface TrackedTestOptions extends Partial<TrackedStoreOptions> {
  readonly connection?: TestClientOptions;
}

export async function openTracked(url: string, { connection, ...options }: TrackedTestOptions = {}) {
  const client = await connectTo(url, connection);
  const subscriber = await connectTo(url, { ...redisSubscriberOptions(), ...connection });
  const clock = createManualClock();
  const monotonic = createManualClock(0);
  const given = { client, subscriber, clock, monotonic, maxStaleMs: NEVER_MS, heartbeatMs: NEVER_MS, ...options };
  const store = await createTrackedStore(given);
  onTestFinished(async () => {
    await store.close();
    subscriber.disconnect();
    client.disconnect();
  });
  return { client, subscriber, clock, monotonic, store };
}

/** The record, if the read answers it without a promise: from the cache. */
export function readCached({ store }: Tracked, id: string): SessionRecord | undefined {
  const found = store.read(id);
  if (!(found instanceof Promise)) return found;
  found.catch(() => undefined);
  throw new Error('The read asked Redis.');
}

/** Puts the session into the cache. */
export async function warmCache(tracked: Tracked, id: string): Promise<void> {
  await tracked.store.read(id);
  readCached(tracked, id);
}

export const waitUntil = (holds: () => boolean | Promise<boolean>) =>
  vi.waitFor(
    async () => {
      if (!(await holds())) throw new Error(`This did not become true: ${holds}`);
    },
    { interval: 2, timeout: 10_000 },
  );

/** Writes, and waits until the write has been reported to the store. */
export async function waitForReport({ store }: Tracked, write: () => unknown): Promise<void> {
  const before = store.stats().invalidations;
  await write();
  await waitUntil(() => store.stats().invalidations > before);
}

/** Holds back everything that the server sends on this connection. Returns what releases it. */
export function holdAnswers(client: Redis): () => void {
  const { stream } = client;
  stream.pause();
  return () => void stream.resume();
}

/** CLIENT KILL, as an administrator would do it. Resolves when the client has noticed. */
export async function killConnection(admin: Redis, client: Redis, id: unknown): Promise<void> {
  const closed = new Promise((resolve) => client.once('close', resolve));
  await admin.call('CLIENT', 'KILL', 'ID', String(id));
  await closed;
}
