// PostgreSQL dies under a running server: what answers 503, what goes on, and what is there when it is back.

import { type PostgresServer, startPostgres } from '@statecraft/infra-dev';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { browserOf, NEW_PASSWORD, openApp, PASSWORD, refusal, signedIn, statusOf } from './app.ts';

let postgres: PostgresServer;
beforeAll(async () => {
  postgres = await startPostgres();
});
afterAll(() => postgres.stop());

const DEADLINE_MS = 1_000;

it('keeps users signed in while the database is down, answers 503 to what needs it, and works when it is back', async () => {
  const env = { DATABASE_URL: postgres.url, DATABASE_MIGRATE: '1', DATABASE_DEADLINE_MS: String(DEADLINE_MS) };
  const app = await openApp(env);
  const alice = await signedIn(app);
  const readReadiness = async () => {
    const answer = await app.inject('/ready');
    return [answer.statusCode, answer.json().checks];
  };
  expect(await readReadiness()).toEqual([200, { database: 'ok', memory: 'ok' }]);

  await postgres.kill();
  const stranger = browserOf(app);
  const needs = [
    ['/auth/login', { username: 'alice', password: PASSWORD }],
    ['/auth/register', { username: 'dora', password: NEW_PASSWORD }],
  ] as const;
  for (const [url, body] of needs) {
    const began = performance.now();
    const answer = await stranger.ask('POST', url, body);
    expect(refusal(answer)).toEqual([503, 'ERR_DATABASE_UNAVAILABLE']);
    expect(answer.headers['retry-after']).toBe('1');
    expect(answer.json().message).toBe('The server cannot answer this now. Try again shortly.');
    expect(performance.now() - began).toBeLessThan(5 * DEADLINE_MS);
  }
  const change = await alice.ask('POST', '/auth/password', { currentPassword: PASSWORD, newPassword: NEW_PASSWORD });
  expect(refusal(change)).toEqual([503, 'ERR_DATABASE_UNAVAILABLE']);
  expect(await statusOf(alice)).toBe(200);
  expect((await alice.ask('POST', '/cart/items', { sku: 'pen', quantity: 1 })).statusCode).toBe(200);
  // Users who are signed in need this server: it stays in the load balancer.
  expect(await readReadiness()).toEqual([200, { database: 'failed', memory: 'ok' }]);
  expect((await app.inject('/metrics')).body).toMatch(/^readiness_check\{.*check="database".*\} 0$/m);

  await postgres.restart();
  expect((await stranger.ask('POST', '/auth/register', { username: 'dora', password: NEW_PASSWORD })).statusCode).toBe(
    201,
  );
  await stranger.signIn('dora', NEW_PASSWORD);
  expect(await statusOf(alice)).toBe(200);
  expect(await readReadiness()).toEqual([200, { database: 'ok', memory: 'ok' }]);
}, 60_000);

it('signs a user out while the database is down', async () => {
  const app = await openApp({ DATABASE_URL: postgres.url, DATABASE_MIGRATE: '1' });
  const bob = await signedIn(app, 'bob');
  await postgres.kill();
  try {
    expect((await bob.ask('POST', '/auth/logout')).statusCode).toBe(204);
    expect(await statusOf(bob)).toBe(401);
  } finally {
    await postgres.restart();
  }
}, 60_000);
