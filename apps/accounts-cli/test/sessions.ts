// Sessions in the Redis of a test, as stateful-api starts them.

import { createSessionStrategy, type SessionDevice } from '@statecraft/auth-core';
import { createRedisStore, redisClientOptions } from '@statecraft/auth-core/redis';
import { Redis } from 'ioredis';
import { onTestFinished } from 'vitest';

export async function startSession(
  env: Readonly<Record<string, string>>,
  userId: string,
  username: string,
  device?: SessionDevice,
) {
  const client = new Redis(env.REDIS_URL ?? '', { ...redisClientOptions(), lazyConnect: true });
  await client.connect();
  const store = createRedisStore({ client, prefix: env.SESSION_PREFIX ?? '' });
  onTestFinished(async () => {
    await store.close();
    client.disconnect();
  });
  const strategy = createSessionStrategy({ store });
  const { session } = await strategy.issue({ subject: { userId, username, roles: ['user'] }, data: '{}', device });
  return {
    isLive: async () => (await strategy.read(session.id)) !== undefined,
    readRoles: async () => (await strategy.read(session.id))?.subject?.roles,
  };
}
