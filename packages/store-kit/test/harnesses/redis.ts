// How the kit opens the Redis store: two instances with connections of their own. The server is emptied for each check.

import { createRedisStore } from '@statecraft/auth-core/redis';
import type { RedisServer } from '@statecraft/infra-dev';
import type { Redis } from 'ioredis';
import type { SessionStoreHarness } from '../../src/index.ts';
import { connectTo, connectWithSyncPoint, DEADLINE_MS, inspectServer, LIMITS } from './redis-server.ts';

export function createRedisHarness(
  readServer: () => RedisServer,
  options: Pick<SessionStoreHarness, 'lossAfterKill'> = {},
): SessionStoreHarness {
  return {
    ...options,
    without: ['sweep'],
    ...LIMITS,
    deadlineMs: DEADLINE_MS,

    async open({ clock, syncPoints }) {
      const server = readServer();
      const { url } = server;
      const admin = await connectTo(url);
      await admin.flushall();
      const clients = [
        await connectWithSyncPoint(url, syncPoints[0]),
        await connectWithSyncPoint(url, syncPoints[1]),
      ] as const;
      const openStore = (client: Redis) => createRedisStore({ client, clock, ...LIMITS });
      return {
        ...inspectServer(admin),
        stores: [openStore(clients[0]), openStore(clients[1])],
        kill: () => server.kill(),
        restart: () => server.restart(),
        abort: (instance) => clients[instance].disconnect(true),
        close() {
          for (const client of [admin, ...clients]) client.disconnect();
        },
      };
    },
  };
}
