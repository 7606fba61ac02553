// GET /health and GET /ready.

import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { listenOnFreePort, openService } from './service.ts';

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }));
afterEach(() => void vi.useRealTimers());

const failCheck = () => Promise.reject(new Error('canary: connect ECONNREFUSED 10.0.0.5'));

it('/ready answers 200 if there are no checks', async () => {
  const { app } = await openService();
  const answer = await app.inject('/ready');
  expect([answer.statusCode, answer.json()]).toEqual([200, { status: 'ready', checks: {} }]);
});

it('/ready answers 200 if all checks succeed', async () => {
  const { app } = await openService();
  app.addReadinessCheck('redis', async () => 'PONG');
  expect((await app.inject('/ready')).json()).toEqual({ status: 'ready', checks: { redis: 'ok' } });
});

it('/ready answers 503 and the name of the failed check, but not the reason', async () => {
  const { app } = await openService();
  app.addReadinessCheck('redis', failCheck);
  app.addReadinessCheck('disk', async () => undefined);
  const answer = await app.inject('/ready');
  expect([answer.statusCode, answer.json().code]).toEqual([503, 'ERR_NOT_READY']);
  expect(answer.json().checks).toEqual({ redis: 'failed', disk: 'ok' });
  expect(answer.body).not.toContain('canary');
});

it('/ready answers 200 and names the failed check if the check is not required', async () => {
  const { app } = await openService();
  app.addReadinessCheck('redis', async () => undefined);
  app.addReadinessCheck('redis-writes', failCheck, { required: false });
  const answer = await app.inject('/ready');
  expect(answer.statusCode).toBe(200);
  expect(answer.json()).toEqual({ status: 'ready', checks: { redis: 'ok', 'redis-writes': 'failed' } });
});

it('/metrics shows the outcome of every check', async () => {
  const { app } = await openService();
  app.addReadinessCheck('redis', async () => undefined);
  app.addReadinessCheck('redis-writes', failCheck, { required: false });
  const { body } = await app.inject('/metrics');
  expect(body).toMatch(/^readiness_check\{check="redis"\} 1$/m);
  expect(body).toMatch(/^readiness_check\{check="redis-writes"\} 0$/m);
});

it('requests that overlap share one run of a check', async () => {
  const { app } = await openService();
  const check = vi.fn(async () => undefined);
  app.addReadinessCheck('redis', check);
  await Promise.all([app.inject('/ready'), app.inject('/ready'), app.inject('/metrics')]);
  expect(check.mock.calls.length).toBeLessThan(3);
  await app.inject('/ready');
  expect(check.mock.calls.length).toBeGreaterThan(1);
});

it('/ready also names the failed check if the API is described (DOCS=1, the default)', async () => {
  const { app } = await openService({ docs: true });
  app.addReadinessCheck('redis', failCheck);
  expect((await app.inject('/ready')).json()).toMatchObject({ code: 'ERR_NOT_READY', checks: { redis: 'failed' } });
});

it('/ready reports a check that throws synchronously as failed', async () => {
  const { app } = await openService();
  app.addReadinessCheck('redis', () => {
    throw new Error('canary');
  });
  expect((await app.inject('/ready')).statusCode).toBe(503);
});

it('/ready waits one second for checks that hang, for all of them together', async () => {
  const { app } = await openService();
  app.addReadinessCheck('redis', () => new Promise(() => undefined));
  app.addReadinessCheck('other', () => new Promise(() => undefined));
  let answered = false;
  const asked = app.inject('/ready').finally(() => {
    answered = true;
  });
  await vi.advanceTimersByTimeAsync(999);
  expect(answered).toBe(false);
  await vi.advanceTimersByTimeAsync(1);
  expect((await asked).json().checks).toEqual({ redis: 'failed', other: 'failed' });
});

it('/ready ignores a check that fails after its time', async () => {
  const { app } = await openService();
  let fail: (reason: Error) => void = () => undefined;
  app.addReadinessCheck('redis', () => new Promise((_resolve, reject) => (fail = reject)));
  const asked = app.inject('/ready');
  await vi.advanceTimersByTimeAsync(1000);
  expect((await asked).statusCode).toBe(503);
  fail(new Error('late'));
});

it('/ready answers 200 again as soon as the check succeeds again', async () => {
  const { app } = await openService();
  let check: () => Promise<unknown> = failCheck;
  app.addReadinessCheck('redis', () => check());
  expect((await app.inject('/ready')).statusCode).toBe(503);
  check = async () => 'PONG';
  expect((await app.inject('/ready')).statusCode).toBe(200);
});

it('/ready answers 503 while the server drains, even if all checks succeed, and /health answers 200', async () => {
  const { app } = await openService();
  app.addReadinessCheck('redis', async () => 'PONG');
  app.drain();
  const answer = await app.inject('/ready');
  expect([answer.statusCode, answer.json().code]).toEqual([503, 'ERR_DRAINING']);
  expect((await app.inject('/health')).statusCode).toBe(200);
});

it('every answer ends its connection while the server drains', async () => {
  vi.useRealTimers();
  const { app } = await openService();
  const { url } = await listenOnFreePort(app);
  expect((await fetch(`${url}/health`)).headers.get('connection')).toBe('keep-alive');
  app.drain();
  for (const path of ['/health', '/none', '/%']) {
    expect((await fetch(`${url}${path}`)).headers.get('connection')).toBe('close');
  }
});

it('/health answers 200 while a check fails', async () => {
  const { app } = await openService();
  app.addReadinessCheck('redis', failCheck);
  const answer = await app.inject('/health');
  expect([answer.statusCode, answer.json()]).toEqual([200, { status: 'ok' }]);
});
