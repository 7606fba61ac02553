// What signed-in requests ask of Redis while nothing changes: one read each, or with the cache none; and never a write.

import { Redis } from 'ioredis';
import { expect, it, onTestFinished, vi } from 'vitest';
import { openApp, ownRedis, signedIn, statusOf } from './app.ts';

const redis = ownRedis();
const REQUESTS = 20;

async function commandsOf(run: () => Promise<void>): Promise<Record<string, number>> {
  const admin = new Redis(redis.server().url);
  onTestFinished(() => admin.disconnect());
  await admin.config('RESETSTAT');
  await run();
  const stats = await admin.info('commandstats');
  const counts = [...stats.matchAll(/^cmdstat_(\S+?):calls=(\d+)/gm)].map(([, name, calls]) => [name, Number(calls)]);
  const { 'config|resetstat': _, info: __, ...others } = Object.fromEntries(counts);
  return others;
}

it.each([
  ['none', { hget: REQUESTS }],
  ['tracked', {}],
])('with SESSION_CACHE=%s', async (cache, expected) => {
  const env = redis.envOf({ store: 'redis', engine: 'statecraft' });
  const app = await openApp({ ...env, SESSION_CACHE: cache, SESSION_CACHE_HEARTBEAT_MS: '60000' });
  const alice = await signedIn(app);
  const ask = async () => {
    for (let asked = 0; asked < REQUESTS; asked++) expect(await statusOf(alice)).toBe(200);
  };
  // With the cache: as soon as Redis has told of the sign-in.
  const settled = async () => expect(await commandsOf(ask)).toEqual(expected);
  await vi.waitFor(settled, { timeout: 10_000, interval: 5 });
});
