// The tracked cache keeps what every session store must keep, but for the moment until an instance is notified: two
// instances on a real server.

import { type RedisServer, startRedis } from '@statecraft/infra-dev';
import { afterAll, beforeAll, describe, it } from 'vitest';
import { checkSessionStore } from '../src/index.ts';
import { createTrackedHarness } from './harnesses/tracked.ts';

let server: RedisServer;
beforeAll(async () => {
  server = await startRedis();
});
afterAll(() => server.stop());

checkSessionStore({ describe, it, name: 'the tracked cache', ...createTrackedHarness(() => server.url) });
