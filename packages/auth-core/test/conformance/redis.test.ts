// The Redis store keeps what every session store keeps: two instances, two connections, a real server.

import { type RedisServer, startRedis } from '@statecraft/infra-dev';
import { afterAll, beforeAll, describe, it } from 'vitest';
import { checkSessionStore } from '../../src/testing/index.ts';
import { redisHarness } from './stores.ts';

let server: RedisServer;
beforeAll(async () => {
  server = await startRedis();
});
afterAll(() => server.stop());

checkSessionStore({ describe, it, name: 'the Redis store', ...redisHarness(() => server.url) });
