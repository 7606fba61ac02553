// Two servers with one Redis: attempts at a password are counted together, and by each alone while Redis is away.

import { type RedisServer, startRedis } from '@statecraft/infra-dev';
import type { FastifyInstance } from 'fastify';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { browserOf, openApp, refusal, signedIn, statusOf } from './app.ts';

const WRONG = [401, 'ERR_CREDENTIALS_WRONG'];
const STOPPED = [429, 'ERR_TOO_MANY_ATTEMPTS'];

let redis: RedisServer;
let servers: readonly [FastifyInstance, FastifyInstance];
beforeEach(async () => {
  redis = await startRedis();
  const env = { SESSION_STORE: 'redis', REDIS_URL: redis.url, REDIS_DEADLINE_MS: '400' };
  servers = [await openApp(env), await openApp(env)];
});
afterEach(() => redis.stop());

async function guess(app: FastifyInstance): Promise<[number, string]> {
  return refusal(await browserOf(app).ask('POST', '/auth/login', { username: 'alice', password: 'not this one' }));
}

it('allows ten guesses at both servers together, and no user of another name is affected', async () => {
  for (let count = 0; count < 5; count++) for (const app of servers) expect(await guess(app)).toEqual(WRONG);
  for (const app of servers) expect(await guess(app)).toEqual(STOPPED);
  expect(await statusOf(await signedIn(servers[0], 'bob'))).toBe(200);
});

it('limits guesses by each server alone while Redis is away', async () => {
  await redis.kill();
  for (let count = 0; count < 10; count++) expect(await guess(servers[0])).toEqual(WRONG);
  expect(await guess(servers[0])).toEqual(STOPPED);
  expect(await guess(servers[1])).toEqual(WRONG);
});
