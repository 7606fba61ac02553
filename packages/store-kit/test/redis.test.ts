// The Redis store keeps what every session store must keep: two instances on a real server.

import { type RedisServer, startRedis } from '@statecraft/infra-dev';
import { afterAll, beforeAll, describe, it } from 'vitest';
import { checkSessionStore } from '../src/index.ts';
import { createRedisHarness } from './harnesses/redis.ts';

let server: RedisServer;
beforeAll(async () => {
  server = await startRedis();
});
afterAll(() => server.stop());

checkSessionStore({ describe, it, name: 'the Redis store', ...createRedisHarness(() => server) });
