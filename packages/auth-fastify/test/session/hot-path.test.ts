// What a request does not pay for: promises, parsing, writing. Each is counted, none is timed.

import { promiseHooks } from 'node:v8';
import type { SessionRecord, SessionStore } from '@statecraft/auth-core';
import { createSessionStrategy } from '@statecraft/auth-core';
import Fastify from 'fastify';
import { describe, expect, it } from 'vitest';
import { sessionPlugin } from '../../src/index.ts';
import { ADA, appWith, browserOf, memory, NAME } from './app.ts';

/** Counts promises made between a hook before the plugin's and one after it; true: they ran in one tick. */
async function watched(store: SessionStore, signedIn: boolean, deviceBound = false) {
  const app = Fastify();
  const seen = { promises: 0, order: [] as string[] };
  let stop: () => void = () => undefined;
  const before = (_request: unknown, _reply: unknown, ...rest: unknown[]) => {
    seen.order.push('before');
    queueMicrotask(() => seen.order.push('microtask'));
    stop = promiseHooks.onInit(() => seen.promises++) as () => void;
    (rest.at(-1) as () => void)();
  };
  const after = (_request: unknown, _reply: unknown, ...rest: unknown[]) => {
    stop();
    seen.order.push('after');
    (rest.at(-1) as () => void)();
  };
  app.addHook('onRequest', before as never);
  app.addHook('onSend', before as never);
  const { token } = await createSessionStrategy({ store }).issue({ subject: ADA, data: '{}' });
  await app.register(sessionPlugin, { store, deviceBound });
  app.addHook('onRequest', after as never);
  app.addHook('onSend', after as never);
  app.get('/', () => 'ok');
  await app.ready();
  await app.inject({ url: '/', headers: signedIn ? { cookie: `${NAME}=${token}` } : {} });
  return seen;
}

function promising(store: SessionStore): SessionStore {
  return { ...store, read: async (id) => store.read(id) };
}

describe('the hooks', () => {
  // The whole request, in one tick.
  const ONE_TICK = ['before', 'after', 'before', 'after', 'microtask', 'microtask'];

  it('make no promise for a signed-in request where the store makes none', async () => {
    expect(await watched(memory(), true)).toEqual({ promises: 0, order: ONE_TICK });
  });

  it('make no promise for a signed-in request where sessions are bound to devices', async () => {
    expect(await watched(memory(), true, true)).toEqual({ promises: 0, order: ONE_TICK });
  });

  it('make no promise for an anonymous request', async () => {
    expect(await watched(promising(memory()), false)).toEqual({ promises: 0, order: ONE_TICK });
  });

  it('wait where the store promises', async () => {
    const { order } = await watched(promising(memory()), true);
    expect(order.slice(0, 3)).toEqual(['before', 'microtask', 'after']);
  });
});

it('an anonymous request has nothing of its own: the slot for its session stays null', async () => {
  const slots: unknown[] = [];
  const app = await appWith({
    routes: (on) => {
      on.addHook('onResponse', (request, _reply, done) => {
        for (let at: object = request; at !== null; at = Object.getPrototypeOf(at)) {
          const slot = Object.getOwnPropertySymbols(at).find((name) => name.description === 'statecraft.session');
          if (slot !== undefined) return done(void slots.push(Reflect.get(request, slot) === null));
        }
        done();
      });
      on.get('/anyone', (request) => ({ user: request.principal }));
    },
  });
  const ask = browserOf(app);
  await ask('GET', '/anyone');
  await ask('POST', '/login');
  await ask('GET', '/anyone');
  expect(slots).toEqual([true, false, false]);
});

/** The calls that reach the store, and a session whose stored text a test may choose. */
async function countCalls(data?: string) {
  const store = memory();
  const calls: string[] = [];
  const spied = Object.fromEntries(
    Object.entries(store).map(([name, method]) => [
      name,
      (...args: never[]) => {
        if (name !== 'clock') calls.push(name);
        const result = (method as (...all: never[]) => unknown)(...args);
        if (name !== 'read' || data === undefined || result === undefined) return result;
        return { ...(result as SessionRecord), data };
      },
    ]),
  ) as unknown as ReturnType<typeof memory>;
  const app = await appWith({
    store: spied,
    routes: (on) => {
      on.post('/same', (request) => {
        const { session } = request;
        session.note = session.note ?? 'once';
        return {};
      });
    },
  });
  const ask = browserOf(app);
  await ask('POST', '/login');
  calls.length = 0;
  return { app, ask, calls };
}

describe('the store is called', () => {
  it('not at all for a request without a session token of the right form', async () => {
    const { app, calls } = await countCalls();
    await app.inject({ url: '/public' });
    await app.inject({ url: '/public', headers: { cookie: 'a=b' } });
    await app.inject({ url: '/session', headers: { cookie: `${NAME}=tampered` } });
    expect(calls).toEqual([]);
  });

  it('once for a request that only reads', async () => {
    const { ask, calls } = await countCalls();
    await ask('GET', '/me');
    await ask('GET', '/session');
    expect(calls).toEqual(['read', 'read']);
  });

  it('to write once something changed, and not when the same value is assigned again', async () => {
    const { ask, calls } = await countCalls();
    await ask('POST', '/same');
    await ask('POST', '/same');
    expect(calls).toEqual(['read', 'update', 'read']);
  });
});

describe('stored data that is not a JSON object', () => {
  const TEXTS = ['{', 'null', '[]', '"text"', ''];

  it.each(TEXTS)('%j is not parsed on a route that does not read the session, signed in or not', async (data) => {
    const { ask } = await countCalls(data);
    const answers = [await ask('GET', '/public'), await ask('GET', '/me')];
    expect(answers.map(({ statusCode }) => statusCode)).toEqual([200, 200]);
  });

  it.each(TEXTS)('%j is 401 on a route that reads the session', async (data) => {
    const { ask } = await countCalls(data);
    expect((await ask('GET', '/session')).json()).toMatchObject({ statusCode: 401, code: 'ERR_SESSION_UNREADABLE' });
  });

  it.each(TEXTS)('%j is replaced by a sign-in that keeps properties', async (data) => {
    const { app, ask } = await countCalls(data);
    expect((await ask('POST', '/login')).statusCode).toBe(200);
    expect(await app.sessions.list('ada')).toHaveLength(1);
  });
});

it('gives each request a principal of its own: changing it changes no other request', async () => {
  const app = await appWith({
    routes: (on) =>
      on.get('/grab', ({ principal }) => {
        const roles = principal?.roles as string[];
        const before = [...roles];
        roles.push('admin');
        return { before };
      }),
  });
  const ask = browserOf(app);
  await ask('POST', '/login');
  await ask('GET', '/grab');
  expect((await ask('GET', '/grab')).json()).toEqual({ before: ADA.roles });
});
