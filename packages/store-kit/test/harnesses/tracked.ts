// How the kit opens the tracked cache over the Redis store: each instance is notified of the other's writes a moment
// later.

import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Clock } from '@statecraft/auth-core';
import { createTrackedStore, redisSubscriberOptions } from '@statecraft/auth-core/redis';
import type { SessionStoreHarness, SyncPoint } from '../../src/index.ts';
import { connectTo, connectWithSyncPoint, inspectServer, LIMITS } from './redis-server.ts';

export function createTrackedHarness(readUrl: () => string): SessionStoreHarness {
  return {
    // packages/auth-core/test/tracked-faults.test.ts has the cache's faults.
    without: ['sweep', 'faults'],
    ...LIMITS,
    readsMayLag: { ms: 50 },

    async open({ clock, syncPoints }) {
      const url = readUrl();
      const admin = await connectTo(url);
      await admin.flushall();
      const instances = [
        await openTracked(url, clock, syncPoints[0]),
        await openTracked(url, clock, syncPoints[1]),
      ] as const;
      return {
        ...inspectServer(admin),
        stores: [instances[0].store, instances[1].store],
        abort(instance) {
          for (const client of instances[instance].clients) client.disconnect(true);
        },
        settle: async () => void (await Promise.all(instances.map(waitForNotifications))),
        async close() {
          admin.disconnect();
          for (const { store, clients } of instances) {
            await store.close();
            for (const client of clients) client.disconnect();
          }
        },
      };
    },
  };
}

async function openTracked(url: string, clock: Clock, syncPoint: SyncPoint) {
  const client = await connectWithSyncPoint(url, syncPoint, { answers: true });
  const subscriber = await connectTo(url, redisSubscriberOptions());
  const store = await createTrackedStore({ client, subscriber, clock, ...LIMITS });
  return { store, subscriber, clients: [client, subscriber] };
}

/** When a PING is answered, all earlier notifications have arrived. Without a connection the cache is empty. */
async function waitForNotifications({ store, subscriber }: Awaited<ReturnType<typeof openTracked>>): Promise<void> {
  while (store.stats().tracking) {
    const answered = await subscriber.ping().catch(() => undefined);
    if (answered !== undefined) return;
    await nextTurn();
  }
}
