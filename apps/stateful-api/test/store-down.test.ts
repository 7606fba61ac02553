// Redis goes away while the server runs: 503 within the deadline, never 200, never 401; back by itself.

import { type RedisServer, startRedis } from '@statecraft/infra-dev';
import type { FastifyInstance } from 'fastify';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type Browser, browserOf, openApp, PASSWORD, refusal, setCookies, signedIn } from './app.ts';

const DEADLINE_MS = 400;

describe.each(['statecraft', 'fastify-session'])('%s', (engine) => {
  let redis: RedisServer;
  let app: FastifyInstance;
  let alice: Browser;
  beforeEach(async () => {
    redis = await startRedis();
    app = await openApp({
      SESSION_STORE: 'redis',
      SESSION_ENGINE: engine,
      REDIS_URL: redis.url,
      REDIS_DEADLINE_MS: String(DEADLINE_MS),
    });
    alice = await signedIn(app);
  });
  afterEach(() => redis.stop());

  const ROUTES = [
    ['GET', '/auth/me'],
    ['GET', '/cart'],
    ['GET', '/auth/sessions'],
    ['POST', '/cart/items', { sku: 'tea', quantity: 1 }],
    ['POST', '/auth/logout-all'],
    ['POST', '/auth/logout'],
    ['POST', '/auth/login', { username: 'bob', password: PASSWORD }],
  ] as const;

  it.each([
    ['killed', () => redis.kill()],
    ['frozen', () => redis.pause()],
  ])(
    'answers 503 within the deadline to everything that needs it, and keeps the cookie, while it is %s',
    async (_how, stop) => {
      await stop();
      for (const [method, url, payload] of ROUTES) {
        const began = performance.now();
        const answer = await alice.ask(method, url, payload);
        expect([url, ...refusal(answer)]).toEqual([url, 503, 'ERR_STORE_UNAVAILABLE']);
        expect(answer.headers['retry-after']).toMatch(/^\d+$/);
        expect(setCookies(answer)).toEqual([]);
        // Beside the deadline: bcrypt, and a machine that does other things.
        expect(performance.now() - began).toBeLessThan(DEADLINE_MS + 600);
      }
    },
  );

  it('says so on /ready, stays alive, and answers what needs no store', async () => {
    await redis.kill();
    const ready = await app.inject('/ready');
    expect([ready.statusCode, ready.json().checks]).toEqual([
      503,
      { database: 'ok', redis: 'failed', 'redis-writes': 'failed' },
    ]);
    expect((await app.inject('/health')).statusCode).toBe(200);
    const stranger = browserOf(app);
    expect((await stranger.ask('GET', '/auth/me')).statusCode).toBe(401);
  });

  it('comes back by itself: the old sessions are gone with the server, new ones work', async () => {
    await redis.kill();
    expect((await alice.ask('GET', '/auth/me')).statusCode).toBe(503);
    await redis.restart();
    const isReady = async () => expect((await app.inject('/ready')).statusCode).toBe(200);
    await vi.waitFor(isReady, { timeout: 10_000, interval: 20 });
    expect(refusal(await alice.ask('GET', '/auth/me'))).toEqual([401, 'ERR_SESSION_INVALID']);
    await alice.signIn();
    expect((await alice.ask('GET', '/auth/me')).statusCode).toBe(200);
  });

  it('comes back with its sessions after it was frozen', async () => {
    redis.pause();
    expect((await alice.ask('GET', '/auth/me')).statusCode).toBe(503);
    redis.resume();
    const works = async () => expect((await alice.ask('GET', '/auth/me')).statusCode).toBe(200);
    await vi.waitFor(works, { timeout: 10_000, interval: 20 });
  });
});
