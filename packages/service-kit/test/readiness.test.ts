// GET /health and GET /ready.

import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { openService } from './service.ts';

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }));
afterEach(() => void vi.useRealTimers());

const fails = () => Promise.reject(new Error('canary: connect ECONNREFUSED 10.0.0.5'));

it('is ready when there is nothing to check', async () => {
  const { app } = await openService();
  const answer = await app.inject('/ready');
  expect([answer.statusCode, answer.json()]).toEqual([200, { status: 'ready', checks: {} }]);
});

it('is ready when every check answers', async () => {
  const { app } = await openService();
  app.addReadinessCheck('redis', async () => 'PONG');
  expect((await app.inject('/ready')).json()).toEqual({ status: 'ready', checks: { redis: 'ok' } });
});

it('is 503 when one check fails, names it, and says nothing of why', async () => {
  const { app } = await openService();
  app.addReadinessCheck('redis', fails);
  app.addReadinessCheck('disk', async () => undefined);
  const answer = await app.inject('/ready');
  expect([answer.statusCode, answer.json().code]).toEqual([503, 'ERR_NOT_READY']);
  expect(answer.json().checks).toEqual({ redis: 'failed', disk: 'ok' });
  expect(answer.body).not.toContain('canary');
});

it('says which check failed, also where answers are described (DOCS=1, the default)', async () => {
  const { app } = await openService({ docs: true });
  app.addReadinessCheck('redis', fails);
  expect((await app.inject('/ready')).json()).toMatchObject({ code: 'ERR_NOT_READY', checks: { redis: 'failed' } });
});

it('takes a check that throws at once as failed', async () => {
  const { app } = await openService();
  app.addReadinessCheck('redis', () => {
    throw new Error('canary');
  });
  expect((await app.inject('/ready')).statusCode).toBe(503);
});

it('waits one second for a check that hangs, no longer, and others beside it', async () => {
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

it('does not mind a check that fails after its time', async () => {
  const { app } = await openService();
  let fail: (reason: Error) => void = () => undefined;
  app.addReadinessCheck('redis', () => new Promise((_resolve, reject) => (fail = reject)));
  const asked = app.inject('/ready');
  await vi.advanceTimersByTimeAsync(1000);
  expect((await asked).statusCode).toBe(503);
  fail(new Error('late'));
});

it('is ready again as soon as the check answers again', async () => {
  const { app } = await openService();
  let check: () => Promise<unknown> = fails;
  app.addReadinessCheck('redis', () => check());
  expect((await app.inject('/ready')).statusCode).toBe(503);
  check = async () => 'PONG';
  expect((await app.inject('/ready')).statusCode).toBe(200);
});

it('is 503 while the server drains, whatever the checks say, and alive', async () => {
  const { app } = await openService();
  app.addReadinessCheck('redis', async () => 'PONG');
  app.drain();
  const answer = await app.inject('/ready');
  expect([answer.statusCode, answer.json().code]).toEqual([503, 'ERR_DRAINING']);
  expect((await app.inject('/health')).statusCode).toBe(200);
});

it('tells clients to end their connections while it drains', async () => {
  vi.useRealTimers();
  const { app } = await openService();
  const url = await app.listen({ port: 0, host: '127.0.0.1' });
  expect((await fetch(`${url}/health`)).headers.get('connection')).toBe('keep-alive');
  app.drain();
  expect((await fetch(`${url}/health`)).headers.get('connection')).toBe('close');
});

it('is alive while a check fails', async () => {
  const { app } = await openService();
  app.addReadinessCheck('redis', fails);
  const answer = await app.inject('/health');
  expect([answer.statusCode, answer.json()]).toEqual([200, { status: 'ok' }]);
});
