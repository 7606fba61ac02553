// The tracked cache keeps what every session store keeps, but for the moment until it is told (`readsMayLag`).

import { type RedisServer, startRedis } from '@statecraft/infra-dev';
import { afterAll, beforeAll, describe, it } from 'vitest';
import { checkSessionStore } from '../../src/testing/index.ts';
import { trackedHarness } from './stores.ts';

let server: RedisServer;
beforeAll(async () => {
  server = await startRedis();
});
afterAll(() => server.stop());

checkSessionStore({ describe, it, name: 'the tracked cache', ...trackedHarness(() => server.url) });
