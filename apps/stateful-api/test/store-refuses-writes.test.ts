// Redis answers reads and refuses writes: signed-in users are served, a full Redis signs users out, and /ready tells
// "cannot write" from "cannot read".

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type RedisServer, startRedis } from '@statecraft/infra-dev';
import type { FastifyInstance } from 'fastify';
import { Redis } from 'ioredis';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { browserOf, openApp, PASSWORD, refusal, setCookies, signedIn, statusOf } from './app.ts';

let server: RedisServer;
let admin: Redis;
let folder: string;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'stateful-refuses-'));
  server = await startRedis(['--dir', folder, '--save', '3600 1000000']);
  admin = new Redis(server.url);
});
afterEach(async () => {
  admin.disconnect();
  await server.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** Redis cannot save into a folder that is gone. */
async function breakDisk(): Promise<void> {
  rmSync(folder, { recursive: true });
  await admin.bgsave().catch(() => undefined);
  await vi.waitFor(async () => expect(await admin.info('persistence')).toContain('rdb_last_bgsave_status:err'));
}

const ENGINES = ['statecraft', 'fastify-session'];

const openServer = (more: Record<string, string> = {}) =>
  openApp({ SESSION_STORE: 'redis', REDIS_URL: server.url, ...more });

/** An app whose sessions were started with a shorter idle time: at each of its requests a touch is due. */
async function openWithDueTouch(more: Record<string, string> = {}) {
  const alice = await signedIn(await openServer({ ...more, SESSION_IDLE_SECONDS: '600' }));
  const app = await openServer({ SESSION_IDLE_SECONDS: '6000', ...more });
  return { app, alice: browserOf(app, alice.cookie) };
}

const REFUSALS = [
  ['a full Redis', 'ERR_STORE_FULL', () => admin.config('SET', 'maxmemory', '1')],
  ['unmet min-replicas', 'ERR_STORE_UNAVAILABLE', () => admin.config('SET', 'min-replicas-to-write', '1')],
  ['a replica', 'ERR_STORE_UNAVAILABLE', () => admin.replicaof('127.0.0.1', '1')],
  ['a Redis that cannot save to its disk', 'ERR_STORE_UNAVAILABLE', breakDisk],
] as const;

async function readReadiness(app: FastifyInstance) {
  const { statusCode, body } = await app.inject('/ready');
  return [statusCode, JSON.parse(body).checks];
}

describe.each(REFUSALS)('%s', (_what, code, refuse) => {
  it.each([{ SESSION_CACHE: 'none' }, { SESSION_CACHE: 'tracked' }, { SESSION_ENGINE: 'fastify-session' }])(
    'serves readers, with %o',
    async (settings) => {
      const { app, alice } = await openWithDueTouch(settings);
      await refuse();
      for (const url of ['/auth/me', '/cart', '/auth/sessions']) {
        expect([url, (await alice.ask('GET', url)).statusCode]).toEqual([url, 200]);
      }
      expect(refusal(await browserOf(app).ask('GET', '/auth/me'))[0]).toBe(401);
      expect((await app.inject('/metrics')).body).toMatch(/^session_touch_failures_total 3$/m);
    },
  );

  it('refuses sign-ins with the reason', async () => {
    const { app } = await openWithDueTouch();
    await refuse();
    const answer = await browserOf(app).ask('POST', '/auth/login', { username: 'bob', password: PASSWORD });
    expect(refusal(answer)).toEqual([503, code]);
  });

  it('leaves the server ready, and shows the failed check in /ready and /metrics', async () => {
    const app = await openServer();
    expect(await readReadiness(app)).toEqual([200, { database: 'ok', redis: 'ok', 'redis-writes': 'ok' }]);
    await refuse();
    expect(await readReadiness(app)).toEqual([200, { database: 'ok', redis: 'ok', 'redis-writes': 'failed' }]);
    expect((await app.inject('/metrics')).body).toContain('readiness_check{check="redis-writes"} 0');
  });

  it('makes the server unready with READY_NEEDS_WRITES=1', async () => {
    const app = await openServer({ READY_NEEDS_WRITES: '1' });
    await refuse();
    expect(await readReadiness(app)).toEqual([503, { database: 'ok', redis: 'ok', 'redis-writes': 'failed' }]);
  });
});

it.each(ENGINES)('a sign-out that failed is 503 and leaves the cookie, with SESSION_ENGINE=%s', async (engine) => {
  const alice = await signedIn(await openServer({ SESSION_ENGINE: engine }));
  await admin.config('SET', 'min-replicas-to-write', '1');
  for (const url of ['/auth/logout', '/auth/logout-all']) {
    const answer = await alice.ask('POST', url);
    expect(refusal(answer)).toEqual([503, 'ERR_STORE_UNAVAILABLE']);
    expect(setCookies(answer)).toEqual([]);
  }
  await admin.config('SET', 'min-replicas-to-write', '0');
  const copy = browserOf(await openServer({ SESSION_ENGINE: engine }), alice.cookie);
  expect((await alice.ask('POST', '/auth/logout-all')).statusCode).toBe(204);
  expect(await statusOf(copy)).toBe(401);
});

it('a full Redis signs users out, ends a device, and signs out everywhere', async () => {
  const { app, alice } = await openWithDueTouch();
  const others = [await signedIn(app), await signedIn(app), await signedIn(app)];
  const [phone, tablet, laptop] = others as [(typeof others)[0], (typeof others)[0], (typeof others)[0]];
  await admin.config('SET', 'maxmemory', '1');
  const copy = browserOf(app, phone.cookie);
  expect((await phone.ask('POST', '/auth/logout')).statusCode).toBe(204);
  expect(await statusOf(copy)).toBe(401);
  const { sessions } = (await tablet.ask('GET', '/auth/sessions')).json();
  const { id } = sessions.find(({ current }: { current: boolean }) => current);
  expect((await alice.ask('DELETE', `/auth/sessions/${id}`)).statusCode).toBe(204);
  expect(await statusOf(tablet)).toBe(401);
  expect((await alice.ask('POST', '/auth/logout-all')).statusCode).toBe(204);
  expect(await statusOf(laptop)).toBe(401);
});

it('the checks of /ready leave nothing in Redis', async () => {
  const app = await openServer();
  await app.inject('/ready');
  expect(await admin.dbsize()).toBe(0);
});
