// SESSION_CACHE=tracked on the app itself: the same answers, Redis is asked less, and what it may do later it does.

import type { FastifyInstance } from 'fastify';
import { expect, it, vi } from 'vitest';
import { browserOf, openApp, ownRedis, refusal, signedIn, statusOf } from './app.ts';

const redis = ownRedis();
const tea = { sku: 'tea', quantity: 2 };
const eventually = (holds: () => Promise<void>) => vi.waitFor(holds, { timeout: 10_000, interval: 5 });

const tracked = (more: Record<string, string> = {}) => ({
  ...redis.envOf({ store: 'redis', engine: 'statecraft' }),
  SESSION_CACHE: 'tracked',
  ...more,
});

async function figure(app: FastifyInstance, name: string): Promise<number> {
  const { body } = await app.inject('/metrics');
  return Number(
    body
      .split('\n')
      .find((line) => line.startsWith(`${name} `))
      ?.slice(name.length),
  );
}

const hits = (app: FastifyInstance) => figure(app, 'session_cache_reads_total{outcome="hit"}');

it('answers from the cache once it has read, and says so in /metrics', async () => {
  const app = await openApp(tracked());
  const alice = await signedIn(app);
  await eventually(async () => {
    expect(await statusOf(alice)).toBe(200);
    expect(await hits(app)).toBeGreaterThan(0);
  });
  const before = await hits(app);
  for (let asked = 0; asked < 5; asked++) expect(await statusOf(alice)).toBe(200);
  expect((await hits(app)) - before).toBe(5);
  expect(await figure(app, 'session_cache_entries')).toBe(1);
  expect(await figure(app, 'session_cache_bytes')).toBeGreaterThan(0);
  expect(await figure(app, 'session_cache_tracking')).toBe(1);
});

it('sees its own writes in the next request', async () => {
  const app = await openApp(tracked());
  const alice = await signedIn(app);
  for (const quantity of [1, 2, 3]) {
    await alice.ask('POST', '/cart/items', { ...tea, quantity });
    expect((await alice.ask('GET', '/cart')).json()).toEqual({ items: [{ ...tea, quantity }] });
  }
  const copy = browserOf(app, alice.cookie);
  await alice.ask('POST', '/auth/logout');
  expect(refusal(await copy.ask('GET', '/auth/me'))).toEqual([401, 'ERR_SESSION_INVALID']);
});

it('is told by Redis what another server wrote', async () => {
  const env = tracked();
  const [one, two] = [await openApp(env), await openApp({ ...env, INSTANCE_ID: 'two' })];
  const atOne = await signedIn(one);
  const atTwo = browserOf(two, atOne.cookie);
  await eventually(async () => {
    expect(await statusOf(atTwo)).toBe(200);
    expect(await hits(two)).toBeGreaterThan(0);
  });
  await atOne.ask('POST', '/cart/items', tea);
  await eventually(async () => expect((await atTwo.ask('GET', '/cart')).json()).toEqual({ items: [tea] }));
  await atOne.ask('POST', '/auth/logout');
  await eventually(async () => expect(await statusOf(atTwo)).toBe(401));
});

it('answers 503 when Redis hangs, two heartbeats later', async () => {
  const app = await openApp(tracked({ SESSION_CACHE_HEARTBEAT_MS: '50', REDIS_DEADLINE_MS: '200' }));
  const alice = await signedIn(app);
  expect(await statusOf(alice)).toBe(200);
  redis.server().pause();
  try {
    await eventually(async () => expect(await statusOf(alice)).toBe(503));
  } finally {
    redis.server().resume();
  }
  await eventually(async () => expect(await statusOf(alice)).toBe(200));
});

it('shows no figures of a cache without one', async () => {
  const app = await openApp({ ...tracked(), SESSION_CACHE: 'none' });
  expect((await app.inject('/metrics')).body).not.toContain('session_cache');
});
