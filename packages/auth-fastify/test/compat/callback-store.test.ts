// The adapter by itself and under the real @fastify/session: what both libraries rely on, and what a client may try.

import fastifyCookie from '@fastify/cookie';
import fastifySession from '@fastify/session';
import type { AuthError } from '@statecraft/auth-core';
import {
  deriveForeignSessionId,
  derivePartition,
  deriveSessionId,
  mintSessionToken,
} from '@statecraft/auth-core/store';
import expressSession from 'express-session';
import Fastify, { type FastifyInstance } from 'fastify';
import { describe, expect, it } from 'vitest';
import { type CallbackStoreOptions, createSessionIdGenerator, toSessionCallbackStore } from '../../src/compat.ts';
import { browserOf, memory } from '../session/app.ts';

const HOUR = 3_600_000;

/** The adapter over a memory store with a clock that the test moves. */
function adapter(options: CallbackStoreOptions = {}) {
  let now = Date.now();
  const clock = () => now;
  const store = memory(clock);
  const callbacks = toSessionCallbackStore(store, { clock, ...options });
  const set = (sid: string, session: object) =>
    new Promise<AuthError | undefined>((resolve) => callbacks.set(sid, session as never, resolve as never));
  const get = (sid: string) =>
    new Promise<Record<string, unknown> & { cookie: Record<string, unknown> }>((resolve, reject) =>
      callbacks.get(sid, (error, session) => (error ? reject(error) : resolve(session as never))),
    );
  const touch = (sid: string, session: object) =>
    new Promise((resolve) => callbacks.touch(sid, session as never, resolve));
  const destroy = (sid: string) => new Promise((resolve) => callbacks.destroy(sid, resolve));
  const later = (ms: number) => {
    now += ms;
  };
  return { store, set, get, touch, destroy, later, now: clock };
}

const fresh = (more: object = {}) => ({ cookie: { originalMaxAge: null, expires: null }, ...more });
const sid = () => mintSessionToken(undefined);

describe('set', () => {
  it('starts a session that get gives back', async () => {
    const { set, get } = adapter();
    const id = sid();
    await set(id, fresh({ cart: ['tea'] }));
    expect(await get(id)).toMatchObject({ cart: ['tea'], cookie: { originalMaxAge: null } });
  });

  it('of a session that was set before and never read changes it', async () => {
    const { set, get } = adapter();
    const [id, session] = [sid(), fresh({ count: 1 })];
    await set(id, session);
    expect(await set(id, Object.assign(session, { count: 2 }))).toBeUndefined();
    expect(await get(id)).toMatchObject({ count: 2 });
  });

  it('never overwrites a session that it did not read', async () => {
    const { set } = adapter();
    const id = sid();
    await set(id, fresh({ count: 1 }));
    expect(await set(id, fresh({ count: 2 }))).toMatchObject({ code: 'ERR_SESSION_EXISTS' });
  });

  it('of what another has changed is a conflict, told once', async () => {
    const { set, get } = adapter();
    const id = sid();
    await set(id, fresh());
    const [mine, theirs] = [await get(id), await get(id)];
    await set(id, Object.assign(theirs, { count: 1 }));
    Object.assign(mine, { count: 5 });
    expect(await set(id, mine)).toMatchObject({ code: 'ERR_SESSION_CONFLICT', statusCode: 409 });
    expect(await set(id, mine)).toBeUndefined();
    expect(await get(id)).toMatchObject({ count: 1 });
  });

  it('of an unchanged session is no conflict with anybody, and no error when it has ended', async () => {
    const { set, get, destroy, later, store } = adapter({ touchEveryMs: 1 });
    const id = sid();
    await set(id, fresh());
    const [mine, theirs] = [await get(id), await get(id)];
    later(10);
    await set(id, Object.assign(theirs, { count: 1 }));
    expect(await set(id, mine)).toBeUndefined();
    await destroy(id);
    expect(await set(id, await Promise.resolve(mine))).toBeUndefined();
    expect(store.sweep()).toBe(0);
    await expect(get(id)).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('refuses data that JSON would lose', async () => {
    const { set } = adapter();
    expect(await set(sid(), fresh({ big: 1n }))).toMatchObject({ code: 'ERR_SESSION_DATA_UNSERIALIZABLE' });
  });

  it('refuses a client who names the key that the version rides on', async () => {
    const { set, get } = adapter();
    const [mine, victim] = [sid(), sid()];
    await set(victim, fresh({ owner: 'victim' }));
    await set(mine, fresh());
    const session = await get(mine);
    session.__statecraft = { record: { id: deriveForeignSessionId(victim), version: 1 }, text: '' };
    expect(await set(mine, session)).toMatchObject({ code: 'ERR_SESSION_DATA_UNSERIALIZABLE' });
    expect(await get(victim)).toMatchObject({ owner: 'victim' });
  });
});

describe('get', () => {
  it('says ENOENT of what is not there while it calls back: both libraries begin a new session then', async () => {
    const callbacks = toSessionCallbackStore(memory());
    let code: unknown;
    callbacks.get(sid(), (error) => {
      ({ code } = error as { code: unknown });
    });
    expect(code).toBe('ENOENT');
  });

  it('takes any text for an id', async () => {
    const { get, set } = adapter();
    for (const id of ['', 'x', '__proto__', 'a:*\0\r\n', 'x'.repeat(100_000)]) {
      await expect(get(id)).rejects.toMatchObject({ code: 'ENOENT' });
      expect(await set(id, fresh({ of: id.length }))).toBeUndefined();
      expect(await get(id)).toMatchObject({ of: id.length });
    }
  });

  it('hides the rider from JSON', async () => {
    const { set, get } = adapter();
    const id = sid();
    await set(id, fresh({ a: 1 }));
    expect(JSON.parse(JSON.stringify(await get(id)))).toEqual({
      a: 1,
      cookie: { originalMaxAge: null, expires: null },
    });
  });

  it('answers 503 when the store fails', async () => {
    const failing = { ...memory(), read: () => Promise.reject(new Error('down')) };
    const error = await new Promise((resolve) => toSessionCallbackStore(failing).get(sid(), resolve as never));
    expect(error).toMatchObject({ code: 'ERR_STORE_UNAVAILABLE', statusCode: 503 });
  });
});

describe('expiry', () => {
  const cookie = (maxAge: number, now: number) => ({ originalMaxAge: maxAge, expires: new Date(now + maxAge) });

  it("is idle after the cookie's maxAge", async () => {
    const { set, get, later, now } = adapter();
    const id = sid();
    await set(id, { cookie: cookie(HOUR, now()) });
    later(HOUR - 1);
    await get(id);
    later(1);
    await expect(get(id)).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('is 30 minutes for a cookie that has none, and absolute by option', async () => {
    const { set, store, now } = adapter({ absoluteMs: 5 * HOUR });
    const id = sid();
    await set(id, fresh());
    expect(store.read(deriveSessionId(id) ?? '')).toMatchObject({
      idleExpiresAt: now() + HOUR / 2,
      absoluteExpiresAt: now() + 5 * HOUR,
    });
  });

  it('moves with touch when it is due, not before, and the cookie that get gives says so', async () => {
    const { set, get, touch, later, now } = adapter();
    const id = sid();
    await set(id, { cookie: cookie(HOUR, now()) });
    const session = await get(id);
    const first = session.cookie.expires;
    later(HOUR / 10 - 1);
    await touch(id, session);
    expect((await get(id)).cookie.expires).toEqual(first);
    later(1);
    await touch(id, session);
    expect((await get(id)).cookie.expires).toEqual(new Date(now() + HOUR));
  });

  it('is not moved for a session that has ended', async () => {
    const { set, get, touch, destroy, later } = adapter();
    const id = sid();
    await set(id, fresh());
    const session = await get(id);
    await destroy(id);
    later(HOUR / 4);
    expect(await touch(id, session)).toBeUndefined();
    await expect(get(id)).rejects.toMatchObject({ code: 'ENOENT' });
  });
});

describe('a cookie that is over', () => {
  it.each([
    ['a date in the past', { originalMaxAge: HOUR, expires: new Date(0) }],
    ['maxAge 0', { originalMaxAge: 0, expires: new Date(0) }],
    ['a negative maxAge', { originalMaxAge: -1, expires: null }],
  ])('ends the session when it is set: %s', async (_name, cookie) => {
    const { set, get } = adapter();
    const id = sid();
    await set(id, fresh({ note: 'here' }));
    const session = await get(id);
    expect(await set(id, Object.assign(session, { cookie }))).toBeUndefined();
    await expect(get(id)).rejects.toMatchObject({ code: 'ENOENT' });
  });
});

it('stores a session without a cookie', async () => {
  const { set, get } = adapter();
  const id = sid();
  expect(await set(id, { note: 'here' })).toBeUndefined();
  expect(await get(id)).toMatchObject({ note: 'here' });
});

it('calls back synchronously over a store that answers values', () => {
  const callbacks = toSessionCallbackStore(memory());
  const id = sid();
  const order: string[] = [];
  callbacks.set(id, fresh(), () => order.push('set'));
  callbacks.get(id, () => order.push('get'));
  order.push('end');
  expect(order).toEqual(['set', 'get', 'end']);
});

describe('ids and users', () => {
  const readSubject = (session: Record<string, unknown>) => {
    const user = session.user as { id: string } | undefined;
    return user && { userId: user.id, username: user.id, roles: [] };
  };

  it('an id made while the session names a user is in the index of that user', async () => {
    const { set, store } = adapter({ readSubject });
    const id = createSessionIdGenerator({ readSubject })({ session: { user: { id: 'ada' } } });
    expect(id.startsWith(derivePartition('ada'))).toBe(true);
    await set(id, fresh({ user: { id: 'ada' } }));
    expect(await store.list('ada')).toHaveLength(1);
  });

  it('any other id is kept outside the index', async () => {
    const { set, get, store } = adapter({ readSubject });
    const id = sid();
    await set(id, fresh({ user: { id: 'ada' } }));
    expect(await store.list('ada')).toEqual([]);
    expect(await get(id)).toMatchObject({ user: { id: 'ada' } });
  });
});

describe('under @fastify/session', () => {
  async function app(routes: (on: FastifyInstance) => void) {
    const on = Fastify();
    const inner = memory();
    const ids: string[] = [];
    const create: typeof inner.create = (session) => {
      ids.push(session.id);
      return inner.create(session);
    };
    const store = { ...inner, create };
    const readSubject = ({ note }: Record<string, unknown>) =>
      note === undefined ? undefined : { userId: String(note), username: String(note), roles: [] };
    await on.register(fastifyCookie);
    await on.register(fastifySession, {
      secret: 'a secret of thirty-two characters or more',
      cookie: { secure: false, maxAge: HOUR },
      saveUninitialized: false,
      idGenerator: createSessionIdGenerator({ readSubject }),
      store: toSessionCallbackStore(store, { readSubject }),
    });
    routes(on);
    return { ask: browserOf(on), store, on, ids };
  }

  it('keeps a session over requests, rolling as it is, and reads that run side by side do not collide', async () => {
    const { ask } = await app((on) => {
      on.post('/count', ({ session }) => {
        session.count = (session.count ?? 0) + 1;
        return {};
      });
      on.get('/count', ({ session }) => ({ count: session.count }));
    });
    await ask('POST', '/count');
    await ask('POST', '/count');
    const answers = await Promise.all([ask('GET', '/count'), ask('GET', '/count'), ask('GET', '/count')]);
    expect(answers.map((answer) => answer.json())).toEqual(Array(3).fill({ count: 2 }));
  });

  it('a sign-in by regenerate(keep) gives a new id in the index of the user, and the old one is dead', async () => {
    const { ask, store, on } = await app((routes) => {
      routes.post('/guest', ({ session }) => {
        session.count = 1;
        return {};
      });
      routes.post('/login', async (request) => {
        request.session.note = 'ada';
        await request.session.regenerate(['note']);
        return {};
      });
      routes.get('/me', ({ session }) => ({ note: session.note ?? null, count: session.count ?? null }));
    });
    await ask('POST', '/guest');
    const planted = ask.cookie();
    await ask('POST', '/login');
    expect((await ask('GET', '/me')).json()).toEqual({ note: 'ada', count: null });
    expect((await browserOf(on, planted)('GET', '/me')).json()).toEqual({ note: null, count: null });
    expect(await store.list('ada')).toHaveLength(1);
  });

  it('reload takes what is stored', async () => {
    const { ask } = await app((on) => {
      on.post('/x', async (request) => {
        request.session.count = 1;
        await request.session.save();
        request.session.count = 7;
        await request.session.reload();
        return { count: request.session.count };
      });
    });
    expect((await ask('POST', '/x')).json()).toEqual({ count: 1 });
  });

  it('a dead cookie begins a new session', async () => {
    const { ask, store, on, ids } = await app((routes) => {
      routes.post('/count', ({ session }) => {
        session.count = (session.count ?? 0) + 1;
        return { count: session.count };
      });
    });
    await ask('POST', '/count');
    const old = ask.cookie();
    for (const id of ids) store.destroy(id);
    expect((await browserOf(on, old)('POST', '/count')).json()).toEqual({ count: 1 });
  });
});

it('is an express-session store where its Store class is given', () => {
  const store = toSessionCallbackStore(memory(), { base: expressSession.Store });
  expect(store).toBeInstanceOf(expressSession.Store);
});
