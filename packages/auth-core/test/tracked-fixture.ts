// What the tests of the tracked cache share: a store with both its connections and clocks, and ways to hold a connection
// so that what it brings arrives when the test says so.

import type { Redis } from 'ioredis';
import { onTestFinished, vi } from 'vitest';
import type { SessionRecord } from '../src/index.ts';
import { createTrackedStore, redisSubscriberOptions, type TrackedStoreOptions } from '../src/stores/redis.ts';
import { connectTo, handClock, type TestClientOptions } from './redis-fixture.ts';

export type Tracked = Awaited<ReturnType<typeof openTracked>>;

/** Never, within a test: what it decides is decided by the hand clock. */
const NEVER_MS = 1_000_000;

interface Given extends Partial<TrackedStoreOptions> {
  readonly connection?: TestClientOptions;
}

export async function openTracked(url: string, { connection, ...options }: Given = {}) {
  const client = await connectTo(url, connection);
  const subscriber = await connectTo(url, { ...redisSubscriberOptions(), ...connection });
  const clock = handClock();
  const monotonic = handClock(0);
  const given = { client, subscriber, clock, monotonic, maxStaleMs: NEVER_MS, heartbeatMs: NEVER_MS, ...options };
  const store = await createTrackedStore(given);
  onTestFinished(async () => {
    await store.close();
    subscriber.disconnect();
    client.disconnect();
  });
  return { client, subscriber, clock, monotonic, store };
}

/** The record, when it came without a promise: out of the cache. */
export function hit({ store }: Tracked, id: string): SessionRecord | undefined {
  const found = store.read(id);
  if (!(found instanceof Promise)) return found;
  found.catch(() => undefined);
  throw new Error('The read asked Redis.');
}

/** Reads until the session comes out of the cache. */
export async function cache(tracked: Tracked, id: string): Promise<void> {
  await tracked.store.read(id);
  hit(tracked, id);
}

export const until = (holds: () => boolean | Promise<boolean>) =>
  vi.waitFor(
    async () => {
      if (!(await holds())) throw new Error(`It never came to this: ${holds}`);
    },
    { interval: 2, timeout: 10_000 },
  );

/** What was written through another connection has been told. */
export async function told({ store }: Tracked, write: () => unknown): Promise<void> {
  const before = store.stats().invalidations;
  await write();
  await until(() => store.stats().invalidations > before);
}

/** Nothing that the server sends on this connection arrives until the release. */
export function holdBack(client: Redis): () => void {
  const { stream } = client;
  stream.pause();
  return () => void stream.resume();
}

/** As an administrator would: CLIENT KILL. Resolves when its owner has heard of it. */
export async function killConnection(admin: Redis, client: Redis, id: unknown): Promise<void> {
  const closed = new Promise((resolve) => client.once('close', resolve));
  await admin.call('CLIENT', 'KILL', 'ID', String(id));
  await closed;
}
