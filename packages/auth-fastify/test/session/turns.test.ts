// Operations of one request that nothing awaits, or that run side by side: they find no other session than their own.

import { AuthError } from '@statecraft/auth-core';
import { expect, it } from 'vitest';
import { ADA, appWith, browserOf, memory, setCookies } from './app.ts';

it('answers 503 when a sign-in that no handler awaits fails, and the process lives on', async () => {
  const unhandled: unknown[] = [];
  const collect = (error: unknown) => unhandled.push(error);
  process.on('unhandledRejection', collect);
  const create = () => Promise.reject(new AuthError('ERR_STORE_UNAVAILABLE'));
  const app = await appWith({
    store: { ...memory(), create },
    routes: (on) =>
      on.post('/x', (request) => {
        void request.signIn(ADA);
        return {};
      }),
  });
  expect((await app.inject({ method: 'POST', url: '/x' })).statusCode).toBe(503);
  await new Promise(setImmediate);
  process.off('unhandledRejection', collect);
  expect(unhandled).toEqual([]);
});

it('answers 503 when a sign-out that no handler awaits fails', async () => {
  const destroy = async () => {
    throw new AuthError('ERR_STORE_UNAVAILABLE');
  };
  const app = await appWith({
    store: { ...memory(), destroy },
    routes: (on) =>
      on.post('/x', (request) => {
        void request.session.destroy();
        return {};
      }),
  });
  const ask = browserOf(app);
  await ask('POST', '/login');
  expect((await ask('POST', '/x')).statusCode).toBe(503);
});

it('starts no session by a save that waits behind a sign-out', async () => {
  const store = memory();
  const app = await appWith({
    store,
    routes: (on) =>
      on.post('/x', async ({ session }) => {
        session.note = 'late';
        const results = await Promise.allSettled([session.destroy(), session.save()]);
        return results.map(({ status }) => status);
      }),
  });
  const ask = browserOf(app);
  await ask('POST', '/login');
  const answer = await ask('POST', '/x');
  expect(answer.json()).toEqual(['fulfilled', 'rejected']);
  expect(setCookies(answer)).toEqual([expect.stringContaining('Max-Age=0')]);
  expect(store.stats().sessions).toBe(0);
});

it('starts no session by the second of two saves to a session that has ended', async () => {
  const store = memory();
  const app = await appWith({
    store,
    routes: (on) =>
      on.post('/x', async ({ session, headers }) => {
        session.note = 'late';
        await on.inject({ method: 'POST', url: '/logout', headers: { cookie: headers.cookie ?? '' } });
        await Promise.all([session.save(), session.save()]);
      }),
  });
  const ask = browserOf(app);
  await ask('POST', '/login');
  const answer = await ask('POST', '/x');
  expect([answer.statusCode, setCookies(answer)]).toEqual([401, []]);
  expect(store.stats().sessions).toBe(0);
});

it('sends no dead token with the 401 of a regenerate that found its session gone', async () => {
  const store = memory();
  let isGone = false;
  const update: typeof store.update = (...args) => (isGone ? 'gone' : store.update(...args));
  const app = await appWith({
    store: { ...store, update },
    routes: (on) =>
      on.post('/x', async ({ session }) => {
        session.note = 'kept';
        isGone = true;
        await session.regenerate(['note']);
      }),
  });
  const ask = browserOf(app);
  await ask('POST', '/login');
  const answer = await ask('POST', '/x');
  expect([answer.statusCode, setCookies(answer)]).toEqual([401, []]);
});

it('keeps the Max-Age of a sign-in with its own lifetime when the cookie is rolled', async () => {
  const DAY = 86_400_000;
  const app = await appWith({
    rolling: true,
    maxIdleMs: 30 * DAY,
    maxAbsoluteMs: 30 * DAY,
    routes: (on) => on.post('/remember', (request) => request.signIn(ADA, { idleMs: 30 * DAY, absoluteMs: 30 * DAY })),
  });
  const ask = browserOf(app);
  await ask('POST', '/remember');
  expect(setCookies(await ask('GET', '/me'))).toEqual([expect.stringMatching(/Max-Age=25\d{5};/)]);
});

it('signs out of a session whose stored data is not a JSON object', async () => {
  const store = memory();
  const read: typeof store.read = (id) => {
    const record = store.read(id);
    return record && { ...record, data: '{' };
  };
  const ask = browserOf(await appWith({ store: { ...store, read } }));
  await ask('POST', '/login');
  expect((await ask('POST', '/logout')).statusCode).toBe(200);
  expect(store.stats().sessions).toBe(0);
});

it('refuses by name to read the session before the hook of the plugin', async () => {
  const app = await appWith({
    prepare: (early) =>
      early.addHook('onRequest', async (request) => {
        if (request.url === '/early') void request.session;
      }),
    routes: (on) => on.get('/early', () => ({})),
  });
  expect((await app.inject('/early')).json()).toMatchObject({ statusCode: 500, code: 'ERR_SESSION_TOO_EARLY' });
});

it.each([
  ['a cross-site write', { 'sec-fetch-site': 'cross-site' }],
  ['an answer of a hook before the plugin', { 'x-limited': '1' }],
])('starts no session for %s, although saveUninitialized is on', async (_name, headers) => {
  const store = memory();
  const app = await appWith({
    store,
    saveUninitialized: true,
    prepare: (early) =>
      early.addHook('onRequest', async (request, reply) => {
        if (request.headers['x-limited'] !== undefined) return reply.code(429).send({});
      }),
  });
  const answer = await app.inject({ method: 'POST', url: '/count', headers });
  expect([answer.statusCode >= 400, setCookies(answer), store.stats().sessions]).toEqual([true, [], 0]);
});
