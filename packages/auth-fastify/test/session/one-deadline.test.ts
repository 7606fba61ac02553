// A request waits for the store no longer than the store's deadline, however many calls it makes.

import { createMemoryStore } from '@statecraft/auth-core/memory';
import { expect, it, vi } from 'vitest';
import { ADA, appWith, browserOf } from './app.ts';

const DEADLINE_MS = 400;

/** A store whose every answer takes a while from `slowDown` on. */
function createSlowStore() {
  const memory = createMemoryStore({ sweepEveryMs: 0 });
  let lateMs = 0;
  const methods = ['create', 'read', 'update', 'touch', 'rotate', 'destroy', 'list', 'destroyAll', 'changeSubject'];
  const store = new Proxy(Object.assign(memory, { deadlineMs: DEADLINE_MS }), {
    get(target, name) {
      const value: unknown = Reflect.get(target, name);
      if (typeof value !== 'function' || !methods.includes(String(name))) return value;
      return async (...args: unknown[]) => {
        await new Promise((resolve) => setTimeout(resolve, lateMs));
        return value.apply(target, args);
      };
    },
  });
  const slowDown = (ms: number) => {
    lateMs = ms;
  };
  return { store, slowDown };
}

it('request.sessions shares the time with the guard: the call that is too late is 503', async () => {
  const { store, slowDown } = createSlowStore();
  const app = await appWith({
    store,
    routes: (routes) => {
      routes.post('/devices', async (request) => (await request.sessions.list(ADA.userId)).length);
      routes.post('/outside', async () => (await routes.sessions.list(ADA.userId)).length);
    },
  });
  const ask = browserOf(app);
  await ask('POST', '/login');
  expect((await ask('POST', '/devices')).json()).toBe(1);
  slowDown(0.7 * DEADLINE_MS);
  const answer = await ask('POST', '/devices');
  expect([answer.statusCode, answer.json().code]).toEqual([503, 'ERR_STORE_UNAVAILABLE']);
  expect((await ask('POST', '/outside')).json()).toBe(1);
});

it('calls of one request that wait at the same time count once', async () => {
  const { store, slowDown } = createSlowStore();
  const app = await appWith({
    store,
    routes: (routes) => {
      routes.post('/twice', async ({ sessions }) => {
        const lists = await Promise.all([sessions.list(ADA.userId), sessions.list(ADA.userId)]);
        return lists.length;
      });
    },
  });
  const ask = browserOf(app);
  await ask('POST', '/login');
  slowDown(0.4 * DEADLINE_MS);
  expect((await ask('POST', '/twice')).json()).toBe(2);
});

it('a sign-in that is too late leaves no session that no browser has the cookie of', async () => {
  const { store, slowDown } = createSlowStore();
  const app = await appWith({ store });
  const ask = browserOf(app);
  await ask('POST', '/login');
  slowDown(0.7 * DEADLINE_MS);
  expect((await ask('POST', '/login')).statusCode).toBe(503);
  slowDown(0);
  await vi.waitFor(async () => expect(await app.sessions.list(ADA.userId)).toEqual([]));
});

it('a store that states no deadline may take its time', async () => {
  const { store, slowDown } = createSlowStore();
  const app = await appWith({ store: Object.assign(store, { deadlineMs: undefined }) });
  const ask = browserOf(app);
  await ask('POST', '/login');
  slowDown(0.7 * DEADLINE_MS);
  expect((await ask('POST', '/count')).json()).toEqual({ count: 1 });
});
