// REDIS_DEADLINE_MS is what one request may wait for Redis in all, however many commands it needs.

import { type RedisServer, startRedis } from '@statecraft/infra-dev';
import type { FastifyInstance } from 'fastify';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { type Browser, NEW_PASSWORD, openApp, PASSWORD, refusal, signedIn } from './app.ts';
import { openSlowLine } from './slow-line.ts';

const DEADLINE_MS = 800;
/** Two late answers take longer than the deadline and the margin; one does not. */
const LATE_MS = 720;
/** Beside the deadline: passwords, and a machine that does other things. */
const MARGIN_MS = 600;

vi.setConfig({ testTimeout: 20_000 });

let redis: RedisServer;
beforeAll(async () => {
  redis = await startRedis();
});
afterEach(() => redis.resume());
afterAll(() => redis.stop());

let prefixes = 0;
function openOnRedis(url: string, prepare?: (app: FastifyInstance) => void): Promise<FastifyInstance> {
  const env = {
    SESSION_STORE: 'redis',
    REDIS_URL: url,
    REDIS_DEADLINE_MS: String(DEADLINE_MS),
    SESSION_PREFIX: `one-deadline-${prefixes++}:`,
  };
  return openApp(env, prepare);
}

const ROUTES = {
  'a sign-in that replaces a session': ['POST', '/auth/login', { username: 'alice', password: PASSWORD }],
  'a change of the cart': ['POST', '/cart/items', { sku: 'tea', quantity: 1 }],
  'a sign-out': ['POST', '/auth/logout'],
  'a sign-out everywhere': ['POST', '/auth/logout-all'],
  'a list of devices': ['GET', '/auth/sessions'],
  'a change of password': ['POST', '/auth/password', { currentPassword: PASSWORD, newPassword: NEW_PASSWORD }],
} as const;

async function measure(browser: Browser, [method, url, payload]: readonly [string, string, object?]) {
  const askedAt = performance.now();
  const answer = await browser.ask(method as 'GET' | 'POST', url, payload);
  return { answer, tookMs: performance.now() - askedAt };
}

describe.each(Object.entries(ROUTES))('%s', (_, route) => {
  it('is answered within the deadline while every answer of Redis is late', async () => {
    const line = await openSlowLine(redis.port);
    const alice = await signedIn(await openOnRedis(line.url));
    line.delay(LATE_MS);
    const { answer, tookMs } = await measure(alice, route);
    expect(refusal(answer)).toEqual([503, 'ERR_STORE_UNAVAILABLE']);
    expect(answer.headers['set-cookie']).toBeUndefined();
    expect(tookMs).toBeLessThan(DEADLINE_MS + MARGIN_MS);
  });

  it('is answered within the deadline when Redis stalls after the guard has read the session', async () => {
    let isStalling = false;
    const app = await openOnRedis(redis.url, (opened) => {
      opened.addHook('preHandler', async () => void (isStalling && redis.pause()));
    });
    const alice = await signedIn(app);
    isStalling = true;
    const { answer, tookMs } = await measure(alice, route);
    expect(refusal(answer)).toEqual([503, 'ERR_STORE_UNAVAILABLE']);
    expect(tookMs).toBeLessThan(DEADLINE_MS + MARGIN_MS);
  });
});

it('a request that needs one answer may use the whole deadline', async () => {
  const line = await openSlowLine(redis.port);
  const alice = await signedIn(await openOnRedis(line.url));
  line.delay(DEADLINE_MS / 2);
  const { answer, tookMs } = await measure(alice, ['GET', '/auth/me']);
  expect(answer.statusCode).toBe(200);
  expect(tookMs).toBeGreaterThan(DEADLINE_MS / 2 - 1);
});

it('time that the handler takes itself does not count', async () => {
  const app = await openOnRedis(redis.url, (opened) => {
    opened.post('/slow', { onRequest: opened.requirePrincipal }, async ({ session }) => {
      await new Promise((resolve) => setTimeout(resolve, 2 * DEADLINE_MS));
      Reflect.set(session, 'note', 'kept');
      return {};
    });
  });
  const alice = await signedIn(app);
  expect((await alice.ask('POST', '/slow')).statusCode).toBe(200);
});
